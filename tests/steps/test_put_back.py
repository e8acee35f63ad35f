"""What a step replaces is put back: of each file that a recorded case writes, byte for byte with
its mode, by the very commands of the plan.

The commands run in a real shell, below a folder that stands for the machine's root.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.steps.undoing.machine import below
from tests.steps.undoing.planned import OF_STEPS as STEPS
from tests.steps.undoing.planned import commands
from wizard.model.step import Command, Kind
from wizard.model.undo import Undo
from wizard.model.write import KEPT, NOT_KEPT

pytestmark = pytest.mark.slow

Setting = Callable[[Path, Command], None]


def nothing(path: Path, command: Command) -> None:
    """The file is not there."""


def plain_file(path: Path, command: Command) -> None:
    """What the look saw, or else a text; with a mode that the wizard would not give."""
    path.write_text(command.old or "somebody's own text\n")
    path.chmod(0o640)


def no_text(path: Path, command: Command) -> None:
    """Bytes that are no UTF-8, without an end of line."""
    path.write_bytes(b"\xff\xfe\0 old")
    path.chmod(0o4711)


def link(path: Path, command: Command) -> None:
    """A link to nowhere."""
    path.symlink_to("../elsewhere/file")


SETTINGS: tuple[Setting, ...] = (plain_file, nothing, no_text, link)
"""How a file can be found."""


AGAIN = {
    "grub": ("update-grub",),
    "trust": ("systemctl", "try-reload-or-restart", "ssh"),
    "vault": ("systemctl", "daemon-reload"),
}
"""By step, the command that writes no file and is undone by the same command."""


class Undone(NamedTuple):
    """What can be undone in any of a step's cases."""

    writes: dict[str, Command]
    """One command for each file that is written."""
    again: dict[tuple[str, ...], Command]
    """Those that the same command undoes."""


@cache
def undone(step_id: str) -> Undone:
    """Of one step, when a test asks for it: all of them would hold up whoever collects tests."""
    found = Undone({}, {})
    for command in commands(step_id):
        if command.writes:
            found.writes.setdefault(command.writes, command)
        elif isinstance(command.undo, Undo) and command.undo.argv == command.argv:
            found.again.setdefault(command.argv, command)
    return found


def run(root: Path, argv: tuple[str, ...], text: str | None = None) -> tuple[int, str]:
    """Run a command as it stands, as a host without a locale does."""
    made = subprocess.run(
        below(root, argv),
        input=None if text is None else text.encode(),
        stdin=subprocess.DEVNULL if text is None else None,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        capture_output=True,
    )
    return made.returncode, made.stderr.decode(errors="replace")


def state(path: Path) -> tuple[object, ...]:
    """All that counts of a file."""
    if path.is_symlink():
        return ("link", str(path.readlink()))
    if not path.exists():
        return ("nothing",)
    seen = path.stat()
    return (path.read_bytes(), seen.st_mode, seen.st_uid, seen.st_gid, seen.st_mtime_ns)


def undo_of(command: Command) -> tuple[str, ...]:
    assert isinstance(command.undo, Undo), command.undo
    return command.undo.argv


@pytest.mark.parametrize("step", STEPS)
def test_each_file_of_a_step_is_as_before(step: str, tmp_path: Path) -> None:
    kept = [one for one in undone(step).writes.values() if isinstance(one.undo, Undo)]
    before = {}
    for number, command in enumerate(kept):
        path = tmp_path / command.writes[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        SETTINGS[number % len(SETTINGS)](path, command)
        before[path] = state(path)
    for command in kept:
        assert run(tmp_path, command.argv, command.stdin) == (0, "")
        path = tmp_path / command.writes[1:]
        assert path.read_text() == command.stdin and not path.is_symlink()
        assert f"{path.stat().st_mode & 0o7777:o}" == command.argv[5]
    for command in reversed(kept):
        assert run(tmp_path, undo_of(command)) == (0, "")
    assert {path: state(path) for path in before} == before


@pytest.mark.parametrize("step", STEPS)
def test_every_file_that_is_written_is_kept_or_may_hold_a_secret(step: str) -> None:
    for command in undone(step).writes.values():
        if isinstance(command.undo, Undo):
            assert f"{KEPT}/{step}{command.writes}" == undo_of(command)[-1] == command.argv[-1]
        else:
            # Somebody else's Bacula, with its passwords.
            assert command.old is None and "bacula" in command.writes


@pytest.mark.parametrize("step", AGAIN)
def test_what_follows_from_files_is_made_anew_after_them(step: str, tmp_path: Path) -> None:
    """The very same command, once the files are back; here with a program that notes its words."""
    command = undone(step).again[AGAIN[step]]
    undo = command.undo
    assert isinstance(undo, Undo) and undo.last
    assert undo.unit == (command.kind is Kind.UNIT)
    program = tmp_path / undo.argv[0]
    program.write_text('#!/bin/sh\necho "${0##*/}" "$@" >>"${0%/*}/ran"\n')
    program.chmod(0o755)
    subprocess.run(undo.argv, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)
    assert (tmp_path / "ran").read_text().split() == list(undo.argv)


@pytest.mark.parametrize("step", STEPS)
def test_these_are_given_again(step: str) -> None:
    expected = {AGAIN[step]} if step in AGAIN else set()
    assert set(undone(step).again) == expected


COMMAND = undone("hosts").writes["/etc/hosts"]
FILE = "etc/hosts"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of the file; its folder is there."""
    (tmp_path / "etc").mkdir()
    return tmp_path / FILE


def written(root: Path, text: str) -> None:
    """The file is written anew, as a later run of the step does."""
    count = str(len(text.encode()))
    command = replace(COMMAND, argv=(*COMMAND.argv[:6], count, COMMAND.argv[7]), stdin=text)
    assert run(root, command.argv, text) == (0, "")


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_first_text_is_the_one_that_comes_back(
    tmp_path: Path, path: Path, setting: Setting
) -> None:
    setting(path, COMMAND)
    before = state(path)
    for text in ("first\n", "first\n", "second\n", "first\n"):
        written(tmp_path, text)
    for _ in range(2):
        assert run(tmp_path, undo_of(COMMAND)) == (0, "")
        assert state(path) == before
    written(tmp_path, "third\n")
    assert run(tmp_path, undo_of(COMMAND)) == (0, "")
    assert state(path) == before


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_later_change_of_somebody_is_shown_and_stays(
    tmp_path: Path, path: Path, setting: Setting
) -> None:
    setting(path, COMMAND)
    written(tmp_path, "ours\n")
    path.write_text("ours\ntheirs\n")
    changed = state(path)
    code, said = run(tmp_path, undo_of(COMMAND))
    assert code == 1 and "was changed after it was written" in said and "\n+theirs" in said
    assert state(path) == changed


def test_a_file_that_somebody_removed_stays_away(tmp_path: Path, path: Path) -> None:
    plain_file(path, COMMAND)
    written(tmp_path, "ours\n")
    path.unlink()
    code, said = run(tmp_path, undo_of(COMMAND))
    assert code == 1 and "\n-ours" in said and not path.exists()


def test_somebodys_change_that_is_overwritten_comes_back(tmp_path: Path, path: Path) -> None:
    """And the text of before stays, under its number."""
    plain_file(path, COMMAND)
    first = state(path)
    written(tmp_path, "ours\n")
    path.write_text("theirs\n")
    theirs = state(path)
    written(tmp_path, "ours again\n")
    assert run(tmp_path, undo_of(COMMAND)) == (0, "")
    assert state(path) == theirs
    assert state(tmp_path / f"{KEPT[1:]}/hosts/etc/hosts/@1/before") == first


def test_nothing_is_put_back_that_was_not_kept(tmp_path: Path, path: Path) -> None:
    plain_file(path, COMMAND)
    before = state(path)
    code, said = run(tmp_path, undo_of(COMMAND))
    assert code == NOT_KEPT and "nothing is kept" in said and state(path) == before


def test_what_is_kept_is_closed_to_others(tmp_path: Path, path: Path) -> None:
    plain_file(path, COMMAND)
    written(tmp_path, "ours\n")
    folders = [tmp_path / "var", *filter(Path.is_dir, (tmp_path / "var").rglob("*"))]
    assert len(folders) > 5
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


@pytest.mark.parametrize(
    "at",
    [
        'mv -T "$kept/@new" "$now"',
        'mv -fT "$file.gw-new" "$file"',
        'mv -f "$now/written.new" "$now/written"',
    ],
)
@pytest.mark.parametrize("earlier", [(), ("first\n",), ("first\n", "second\n")])
def test_a_run_that_dies_loses_no_text(
    tmp_path: Path, path: Path, at: str, earlier: tuple[str, ...]
) -> None:
    """The power goes just before one of the renames; the next run and the undo go on from there."""
    plain_file(path, COMMAND)
    before = state(path)
    for text in earlier:
        written(tmp_path, text)
    script = COMMAND.argv[2]
    assert script.count(at) == 1
    dying = (*COMMAND.argv[:2], script.replace(at, "exit 9"), *COMMAND.argv[3:6], "4")
    code, _ = run(tmp_path, (*dying, COMMAND.argv[7]), "new\n")
    assert code in (0, 9)
    written(tmp_path, "new\n")
    assert path.read_text() == "new\n"
    assert run(tmp_path, undo_of(COMMAND)) == (0, "")
    assert state(path) == before
