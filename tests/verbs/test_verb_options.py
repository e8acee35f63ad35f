"""What all verbs have in common: a help with an example, --state in both places, fingerprints."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard import cli
from wizard.verbs.opening import folder

GOOD = "SHA256:" + "aB+/" * 10 + "x12"


def _verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                if name != "lab":
                    yield name, verb
                    yield from ((f"{name} {below}", inner) for below, inner in _verbs(verb))


VERBS = dict(_verbs(cli.parser()))
WORDS = {
    "archive": ["plan"],
    "export": ["plan"],
    "answers": ["schema"],
    "recover": ["status"],
    "undo": ["lvm"],
}


@pytest.mark.parametrize("name", VERBS)
def test_help_says_what_the_verb_does_and_shows_it(name: str) -> None:
    verb = VERBS[name]
    assert verb.description and len(verb.description) > 30
    assert verb.epilog and verb.epilog.startswith(f"example: ganeti-wizard {name}")


@pytest.mark.parametrize("name", [name for name in VERBS if " " not in name])
def test_the_state_directory_may_stand_before_and_behind_the_verb(name: str) -> None:
    more = WORDS.get(name, [])
    if name in ("move", "maintenance"):
        more = ["inst1"]
    parser = cli.parser()
    for line in (["--state", "s", name, *more], [name, *more, "--state", "s"]):
        assert folder(parser.parse_args(line)) == Path("s")
    both = parser.parse_args(["--state", "first", name, *more, "--state", "second"])
    assert folder(both) == Path("second")
    assert parser.parse_args([name, *more]).state is None


@pytest.mark.parametrize("text", [GOOD, f"{GOOD}=", f" {GOOD} ", f"256 {GOOD} root@x (ED25519)"])
def test_a_fingerprint_as_ssh_keygen_prints_it(text: str) -> None:
    given = cli.parser().parse_args(["plan", "--accept-host-key", text])
    assert given.accept_host_key == [GOOD]


@pytest.mark.parametrize(
    "text",
    [
        "sha256:" + "a" * 43,
        "SHA256:" + "a" * 42,
        "SHA256:" + "a" * 44,
        "a" * 43,
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
        "yes",
        "SHA256:" + "ä" * 43,
        "SHA256:" + "a-_a" * 10 + "aaa",
        "",
    ],
)
def test_what_is_no_fingerprint_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(["plan", "--accept-host-key", text])
    assert ended.value.code == 2
    assert "--accept-host-key" in capsys.readouterr().err
