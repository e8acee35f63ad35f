"""What could mean two things is refused: a value given twice, an option at the wrong side of its
verb, a path that a shell left as it was, other answers than the build's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from wizard import cli
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.state.store import Store
from wizard.verbs import secret_files

USAGE = Exit.USAGE


def _refused(line: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a wrong command line is told."""
    try:
        assert cli.main(line) == USAGE
    except SystemExit as ended:
        assert ended.code == USAGE
    said = capsys.readouterr()
    assert not said.out
    return said.err


def _once() -> list[list[str]]:
    """Every option with one value, twice, behind its verb."""
    lines = []
    top = cli.parser()
    verbs = next(a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    for name, verb in verbs.choices.items():
        for action in verb._actions:
            option = "".join(action.option_strings[:1])
            if action.nargs is None and action.const is None and option not in ("", "--state"):
                lines.append([name, option])
    return [line for line in lines if not _collects(verbs.choices[line[0]], line[1])]


def _collects(verb: argparse.ArgumentParser, option: str) -> bool:
    action = verb._option_string_actions[option]
    return isinstance(action, argparse._AppendAction)


TWICE = _once()


@pytest.mark.parametrize("line", TWICE, ids=" ".join)
def test_two_values_where_one_counts(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    verb, option = line
    said = _refused([verb, option, "x", option, "y"], capsys)
    assert f"argument {option}: given twice, as x and as y: which one is meant?" in said


def test_the_same_value_twice_and_a_directory_of_an_alias() -> None:
    parser = cli.parser()
    args = parser.parse_args(["plan", "--answers", "a", "--answers", "a"])
    assert args.answers == Path("a")
    assert parser.parse_args(["plan", "--answers", "b"]).answers == Path("b")
    assert parser.parse_args(["--state", "a", "--state", "b", "status"]).state == Path("b")
    assert len(TWICE) > 8


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--accept-host-key", "SHA256:x", "plan"], "--accept-host-key stands behind its verb"),
        (["--confirm=WORD", "apply"], "--confirm stands behind its verb: apply, undo"),
        (["--secret", "a=b", "move", "inst1"], "--secret stands behind its verb"),
        (["plan", "--line"], "--line stands before the verb"),
        (["health", "--plain"], "--plain stands before the verb"),
        (["status", "--lab"], "--lab stands before the verb"),
    ],
)
def test_an_option_at_the_wrong_side_of_the_verb(
    line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in _refused(line, capsys)


def test_a_home_that_the_shell_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    parser = cli.parser()
    assert parser.parse_args(["--state=~/cluster", "status"]).state == Path("/home/me/cluster")
    assert parser.parse_args(["plan", "--answers=~/a"]).answers == Path("/home/me/a")
    assert "no such user here: ~nobody-of-that-name" in _refused(
        ["--state=~nobody-of-that-name/x", "status"], capsys
    )
    monkeypatch.setenv("GANETI_WIZARD_STATE", " ")
    assert "holds nothing but blanks" in _refused(["status"], capsys)


def test_undo_and_other_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o700)
    store = Store(tmp_path)
    store.open()
    store.save(store.load())
    store.close()
    before = store.answers_path.read_bytes()
    (tmp_path / "a.toml").write_text("version = 1\n[lvm]\nvg = 'other'\n")
    line = ["--state", str(tmp_path), "--answers", str(tmp_path / "a.toml"), "undo", "raid"]
    assert "undo takes no --answers" in _refused(line, capsys)
    assert store.answers_path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["answers", "schema", "file"], "takes no file"),
        (["--answers", "a.toml", "answers", "check", "b.toml"], "without --answers"),
        (["answers", "check"], "wants a file"),
        (["answers", "export", "folder/"], "folder/ is a folder: name a file in it"),
        (["card", "--output", "folder/"], "folder/ is a folder: name a file in it"),
        (["lab", "up", "--follow", "-1"], "-1 is no number of a process"),
        (["lab", "up", "--follow", "0"], "0 is no number of a process"),
        (["lab", "up", "--follow", "²"], "² is no number of a process"),
        (["lab", "up", "--follow", "9" * 5000], "9 is no number of a process"),
    ],
)
def test_what_would_be_passed_over_or_fail_later(
    line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in _refused(line, capsys)


def test_a_line_is_standard_output_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--state", str(tmp_path / "s"), "answers", "export", "-"]) == Exit.OK
    assert capfdbinary.readouterr().out.startswith(b"version = 1\n")
    assert not list(tmp_path.iterdir())


def test_two_files_for_one_secret() -> None:
    for read in (secret_files.read_all, lambda given: secret_files.refuse_unknown(given, ["k"])):
        with pytest.raises(WizardError, match="--secret has two files for 'k'") as caught:
            read(["k=/a", "k=/b"])
        assert caught.value.code is USAGE
