"""A look at the lock of a host: its real shell lines, in a folder of the test's."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from tests.remote.test_host_lock import ANN, BOB, Machine, machine
from wizard.answers import Answers
from wizard.remote import host_lock
from wizard.remote.host_lock import UNREADABLE, Holder
from wizard.remote.lock_look import LOCK
from wizard.run.gather import gather_one

__all__ = ["machine"]


def look(machine: Machine) -> Holder | None:
    """Who holds it, by what a look gathers."""
    return LOCK.parse(gather_one(machine.host, [LOCK], Answers())[LOCK.name])


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """What is in a folder, and when it was changed."""
    return {path.name: (path.read_text(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_it_says_what_a_refusal_says_and_changes_nothing(machine: Machine) -> None:
    assert look(machine) is None
    assert not machine.lock.exists()
    machine.take(ANN)
    before = files(machine.lock)
    holder = look(machine)
    assert files(machine.lock) == before
    assert holder is not None
    assert holder.words.startswith("ann@desk changes this host (step raid) for ")
    refused = machine.holder(BOB)
    assert (holder.token, holder.who, holder.doing) == (ANN.token, "ann@desk", "step raid")
    assert (holder.folder, holder.pid) == (refused.folder, refused.pid)
    host_lock.release(machine.host, ANN, timeout=60.0)
    assert look(machine) is None


def test_it_waits_for_nobody_and_runs_no_slow_program(machine: Machine, tmp_path: Path) -> None:
    machine.take(ANN)
    machine.silence()
    machine.units(f"touch {tmp_path}/asked")
    with (machine.lock / "mutex").open("ab") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        holder = look(machine)
    assert holder is not None
    assert holder.age is not None and holder.age >= host_lock.STALE
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("name", ["", "bob@laptop\x1b[2J", "x" * 3000])
def test_rubbish_is_held_by_nobody_readable(machine: Machine, name: str) -> None:
    machine.take(ANN)
    (machine.lock / "owner").write_text(name, "utf-8")
    holder = look(machine)
    assert holder is not None
    assert (holder.token, holder.who) == (UNREADABLE, UNREADABLE)


def test_a_link_in_the_folders_place_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    machine.take(ANN)
    moved = tmp_path / "moved"
    machine.lock.rename(moved)
    machine.lock.symlink_to(moved)
    assert look(machine) is None
