"""What README has typed is what the program takes; its exit codes are all that there are."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from tests.house import ROOT
from wizard import cli
from wizard.base.exits import Exit, Plugin

TEXT = (ROOT / "README.md").read_text("utf-8")
GANETIS = {"--no-voting"}
"""Options of other programs that README names."""


def _alternatives(line: str) -> Iterator[str]:
    """The command lines of one line: `a | b` are two, and each [part] may be left out."""
    words = line.split()
    depth = 3 if "lab" in words else len(words[: words.index("|") - 1]) if "|" in words else 0
    head = " ".join(words[: min(depth, 2)])
    for number, part in enumerate(re.split(r" \| ", line)):
        whole = part if number == 0 else f"{head} {part}"
        yield re.sub(r" *\[[^]]*\]", "", whole)
        yield re.sub(r"\|\w+", "", re.sub(r"[][]", "", whole))


def _lines() -> list[str]:
    found = re.findall(r"^    (?:\.venv/bin/|\./)?ganeti-wizard ?(.*)$", TEXT, re.MULTILINE)
    lines = []
    for line in found:
        typed = re.split(r"\s#", line)[0].strip()
        lines += list(_alternatives(f"ganeti-wizard {typed}".strip()))
    return sorted({re.sub(r"^ganeti-wizard ?", "", line).strip() for line in lines})


LINES = _lines()
STANDING = {"STEP": "raid", "WHAT": "cluster", "NAME": "full"}


@pytest.mark.parametrize("line", LINES)
def test_what_is_typed_there_is_taken(line: str) -> None:
    words = [STANDING.get(word, word) for word in shlex.split(line)]
    cli.parser().parse_args(words)


def test_many_are_there() -> None:
    assert len(LINES) > 45


def _options() -> set[str]:
    known: set[str] = set()
    parsers: list[argparse.ArgumentParser] = [cli.parser()]
    while parsers:
        for action in parsers.pop()._actions:
            known |= set(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                parsers += list(action.choices.values())
    return known


def test_every_option_there_is_one() -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT))
    assert len(named) > 30 and named - _options() <= GANETIS


def _table(heading: str) -> set[int]:
    """The codes in the first column of the table behind some words."""
    rows = TEXT[TEXT.index(heading) :].split("\n|---|---|\n")[1].split("\n\n")[0]
    return {int(row.split("|")[1]) for row in rows.splitlines()}


def test_the_exit_codes_there_are_all() -> None:
    assert _table("## Exit codes") == {int(code) for code in Exit}
    assert _table("| `health` ends with") == {int(code) for code in Plugin}


def test_the_runbooks_there_are_all() -> None:
    from steps import recovery

    rows = TEXT[TEXT.index("| runbook | when |") :].split("\n\n")[0].splitlines()[2:]
    assert {row.split("`")[1] for row in rows} == set(recovery().plays)
