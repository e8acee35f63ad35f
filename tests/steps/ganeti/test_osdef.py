"""The settings for new guests: writing what the plan says leaves nothing to write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steps.common.edit import assigned
from steps.common.facts.aptsources import debian_archive
from steps.ganeti.facts.osdef import HOOKS, SETTINGS, VARIANTS, parse
from steps.ganeti.osdef import STEP
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command

FRESH = json.loads((Path(__file__).parent / "osdef" / "fresh.json").read_text())["facts"]


def written(raw: str, commands: list[Command]) -> str:
    """The fact's output after these files were written."""
    files, _, node = raw.partition("== node\n")
    files = files.removesuffix("\n")
    for command in commands:
        path, mode, content = command.argv[4], command.argv[5], command.stdin or ""
        head = f"==> {path} <==\n"
        if head in files:
            before, _, rest = files.partition(head)
            _, mark, after = rest.partition("\n==> ")
            files = before + head + content + mark + after
        else:
            files += f"\n{head}{content}"
        if path.startswith(HOOKS):
            node = f"{mode} {path}\n{node}"
    return f"{files}\n== node\n{node}"


def test_apply_then_nothing_is_left() -> None:
    answers, raw = Answers(), {host: dict(texts) for host, texts in FRESH.items()}
    commands = list(STEP.plan(answers, Facts(raw)))
    for host in raw:
        raw[host]["osdef"] = written(
            raw[host]["osdef"], [one for one in commands if one.host == host]
        )
    facts = Facts(raw)
    assert not list(STEP.plan(answers, facts)) and not list(STEP.verify(answers, facts))
    seen = parse(raw["node1"]["osdef"])
    assert assigned(seen.texts[SETTINGS], "MIRROR") == "http://mirror.example.org/debian"
    assert assigned(seen.texts[SETTINGS], "PARTITION_STYLE") == "msdos"
    assert seen.texts[VARIANTS].split() == ["default", "bookworm"]
    raw["node2"]["osdef"] = raw["node2"]["osdef"].replace("755 ", "644 ", 1)
    assert [one.argv[4] for one in STEP.plan(answers, Facts(raw))] == [f"{HOOKS}/gw-50-modules"]


def test_a_hook_that_only_one_node_has_is_named() -> None:
    raw = {host: dict(texts) for host, texts in FRESH.items()}
    text = raw["node2"]["osdef"]
    raw["node2"]["osdef"] = text.replace(
        "\n== node\n", f"\n==> {HOOKS}/grub <==\nexit 0\n\n== node\n755 {HOOKS}/grub\n"
    )
    problems = [str(one) for one in STEP.verify(Answers(), Facts(raw))]
    assert any("the hook grub differs from that on node1" in text for text in problems)


@pytest.mark.parametrize(
    ("name", "text", "mirror"),
    [
        (
            "a.list",
            "deb [signed-by=/k] http://m.example.org/debian trixie main\n",
            "http://m.example.org/debian",
        ),
        ("a.list", "deb http://s.example.org/sec bookworm-security main\n", ""),
        ("a.list", "deb http://u:pw@m.example.org/debian bookworm main\n", ""),
        ("a.list", "# deb http://m.example.org/debian bookworm main\n", ""),
        (
            "d.sources",
            "Types: deb deb-src\nURIs: http://m.example.org/debian\nSuites: trixie "
            "trixie-updates\nComponents: main\n",
            "http://m.example.org/debian",
        ),
        ("d.sources", "Types: deb-src\nURIs: http://m.example.org/debian\nSuites: trixie\n", ""),
    ],
)
def test_the_nodes_own_mirror(name: str, text: str, mirror: str) -> None:
    assert debian_archive({f"/etc/apt/sources.list.d/{name}": text}) == mirror
