"""An empty argument, mostly a shell variable that is not set, is a wrong use and means nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard import cli
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow


def _verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every verb with its parser, verbs of verbs too."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                yield name, verb
                for below, inner in _verbs(verb):
                    yield f"{name} {below}", inner


def _lines() -> Iterator[list[str]]:
    """A command line for every option and argument that takes a text, with none in it."""
    top = cli.parser()
    for words, parser in [("", top), *_verbs(top)]:
        for action in parser._actions:
            takes = action.nargs != 0 and action.nargs != argparse.REMAINDER
            if not takes or isinstance(action, argparse._SubParsersAction):
                continue
            if action.option_strings:
                option = action.option_strings[0]
                yield [*words.split(), option, ""]
                yield [*words.split(), option, "  "]
            else:
                yield [*words.split(), ""]


LINES = list(_lines())


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_every_empty_argument_is_refused(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.parser().parse_args(line)
    assert left.value.code == Exit.USAGE and "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [["apply", ""], ["apply", "--until", ""], ["--state", "", "status"], ["--state=", "plan"]],
)
def test_nothing_begins(
    line: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        cli.main(line)
    assert left.value.code == Exit.USAGE and "it is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_command_on_a_machine_of_the_lab_may_have_an_empty_word() -> None:
    assert cli.parser().parse_args(["lab", "ssh", "node1", "test", "-n", ""]).command[-1] == ""


def test_some_are_there() -> None:
    assert len(LINES) > 30
