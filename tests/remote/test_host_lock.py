"""The lock of one host: its real shell lines, in a folder of the test's."""

from __future__ import annotations

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wizard.base.errors import StateError
from wizard.base.exits import Exit
from wizard.hosts.local import LocalHost
from wizard.remote import host_lock
from wizard.remote.host_lock import UNREADABLE, Held, Holder, duration, release, take
from wizard.state.owner import Owner, owner_of

ANN = Owner("a" * 32, "ann@desk", "/home/ann/cluster", 12)
BOB = Owner("b" * 32, "bob@laptop", "/home/bob/cluster", 34)
SECONDS = 60.0
FOR_EVER = 10**9


class Machine:
    """This machine as a host: where its lock is, what its systemd and its Ganeti say."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.lock = folder / "lock"
        self.queue = folder / "queue"
        self.queue.mkdir()
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.units("exit 0")
        path = f"{self.programs}:/usr/bin:/bin"
        self.host = LocalHost("node1", path=path, need_root=False)

    def units(self, script: str) -> None:
        program = self.programs / "systemctl"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def take(self, owner: Owner, **more: str) -> host_lock.Taken:
        return take(self.host, owner, "step raid", timeout=SECONDS, **more)

    def silence(self) -> None:
        """From now on whoever holds it was heard of at the boot, and never since."""
        (self.lock / "beat").write_text("0 0\n")
        self.monkeypatch.setattr(host_lock, "STALE", 1)

    def holder(self, owner: Owner) -> Holder:
        """Whom somebody is told to hold it."""
        with pytest.raises(Held) as refused:
            self.take(owner)
        return refused.value.holder

    @property
    def record(self) -> str:
        return (self.lock / "owner").read_text("utf-8")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path, monkeypatch)
    monkeypatch.setattr(host_lock, "FOLDER", str(made.lock))
    monkeypatch.setattr(host_lock, "_QUEUE", str(made.queue))
    monkeypatch.setattr(host_lock, "STALE", FOR_EVER)
    return made


def test_one_holds_it_and_the_other_is_told_who(machine: Machine) -> None:
    assert machine.take(ANN).state == "free"
    assert machine.take(ANN) == host_lock.Taken("mine")
    holder = machine.holder(BOB)
    assert (holder.who, holder.folder, holder.pid) == ("ann@desk", "/home/ann/cluster", "12")
    assert holder.doing == "step raid" and holder.held is not None and holder.age is not None
    release(machine.host, BOB, timeout=SECONDS)
    assert machine.holder(BOB).token == ANN.token
    release(machine.host, ANN, timeout=SECONDS)
    assert machine.take(BOB).state == "free"


def test_the_refusal_says_what_where_and_how_to_mend_it(machine: Machine) -> None:
    machine.take(ANN)
    with pytest.raises(Held) as refused:
        machine.take(BOB)
    error = refused.value
    assert error.code is Exit.STATE and error.where == "node1"
    assert "ann@desk changes this host (step raid) for " in error.what
    assert "process 12, state directory /home/ann/cluster" in error.what
    assert "--take-over ann@desk" in error.mend and "data" in error.mend


def test_of_twenty_who_try_at_once_one_wins(machine: Machine) -> None:
    together = threading.Barrier(20)

    def attempt(number: int) -> str:
        owner = Owner(f"{number:032x}", f"user{number}@desk", "/x", number)
        host = LocalHost("node1", path=machine.host.path, need_root=False)
        together.wait()
        try:
            return f"{take(host, owner, 'step raid', timeout=SECONDS).state} {owner.who}"
        except Held as refused:
            return f"held {refused.holder.who}"

    with ThreadPoolExecutor(20) as pool:
        said = list(pool.map(attempt, range(20)))
    won = [line for line in said if line.startswith("free ")]
    assert len(won) == 1
    winner = won[0].removeprefix("free ")
    assert sorted(said) == sorted([f"free {winner}"] + [f"held {winner}"] * 19)


def test_of_twenty_who_take_over_at_once_one_wins(machine: Machine) -> None:
    machine.take(ANN)
    together = threading.Barrier(20)

    def attempt(number: int) -> str:
        owner = Owner(f"{number:032x}", f"user{number}@desk", "/x", number)
        host = LocalHost("node1", path=machine.host.path, need_root=False)
        together.wait()
        try:
            found = take(host, owner, "step raid", over=ANN.token, timeout=SECONDS)
        except Held:
            return "held"
        assert found.former is not None and found.former.who == "ann@desk"
        return found.state

    with ThreadPoolExecutor(20) as pool:
        said = sorted(pool.map(attempt, range(20)))
    assert said == ["held"] * 19 + ["over"]


def test_who_was_not_heard_of_for_long_holds_it_no_more(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.take(ANN)
    machine.silence()
    found = machine.take(BOB)
    assert found.state == "stale" and found.anew
    assert found.former is not None and found.former.who == "ann@desk"
    monkeypatch.setattr(host_lock, "STALE", FOR_EVER)
    assert machine.holder(ANN).who == "bob@laptop"


def test_a_sign_of_life_keeps_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.take(ANN)
    machine.silence()
    machine.take(ANN)
    monkeypatch.setattr(host_lock, "STALE", FOR_EVER)
    holder = machine.holder(BOB)
    # Since when it is held stays what it was.
    assert holder.held is not None and holder.age is not None and holder.held > holder.age


def test_a_unit_at_work_keeps_it(machine: Machine) -> None:
    machine.take(ANN)
    machine.silence()
    machine.units("echo gw-raid-0123456789-01234567.service loaded active running a wizard")
    holder = machine.holder(BOB)
    assert holder.work == "unit" and "still runs there as a unit" in holder.words


def test_a_systemd_that_does_not_answer_keeps_it(machine: Machine) -> None:
    machine.take(ANN)
    machine.silence()
    machine.units("echo 'Failed to connect to bus' >&2; exit 1")
    assert "cannot be seen" in machine.holder(BOB).words


@pytest.mark.parametrize("status", ["queued", "waiting", "canceling", "running"])
def test_a_job_at_work_keeps_it(machine: Machine, status: str) -> None:
    machine.take(ANN)
    machine.silence()
    (machine.queue / "job-6").write_text('{"id":6,"ops":[{"status":"success"}]}')
    (machine.queue / "job-7").write_text(f'{{"id":7,"ops":[{{"status":"{status}"}}]}}')
    assert machine.holder(BOB).work == "job"
    (machine.queue / "job-7").write_text('{"id":7,"ops":[{"status":"error"}]}')
    assert machine.take(BOB).state == "stale"


def test_a_job_of_ganetis_own_watcher_is_nobodys(machine: Machine) -> None:
    machine.take(ANN)
    machine.silence()
    for number, source in ((7, "gnt:watcher"), (8, "gnt:client:gnt-instance")):
        reason = f'"input":{{"reason":[["{source}","Verifying disks",1]]}}'
        job = f'{{"id":{number},"ops":[{{"status":"running",{reason}}}]}}'
        (machine.queue / f"job-{number}").write_text(job)
    assert machine.holder(BOB).work == "job"
    (machine.queue / "job-8").unlink()
    assert machine.take(BOB).state == "stale"


def test_somebody_is_asked_about_units_of_wizards_alone(machine: Machine) -> None:
    machine.take(ANN)
    machine.silence()
    asked = machine.programs / "asked"
    machine.units(f"echo \"$*\" >'{asked}'")
    machine.take(BOB)
    assert "gw-*-??????????-????????.service" in asked.read_text()


def test_a_reboot_ends_it(machine: Machine) -> None:
    machine.take(ANN)
    for path in machine.lock.iterdir():
        path.unlink()
    machine.lock.rmdir()
    assert machine.take(BOB).state == "free"


RECORDS = {
    "garbage": b"\x00\xff\x1b[2J garbage",
    "empty": b"",
    "a megabyte": b"x" * (1 << 20),
    "deep": b"c" * 32 + b"\n" + b"[" * 1900,
    "a long number": b"c" * 32 + b'\n{"pid": ' + b"9" * 1900 + b"}",
    "no object": b"c" * 32 + b"\n[1]",
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_rubbish_is_held_by_nobody_readable(machine: Machine, name: str) -> None:
    machine.take(ANN)
    (machine.lock / "owner").write_bytes(RECORDS[name])
    holder = machine.holder(BOB)
    assert holder.who == UNREADABLE and holder.folder == UNREADABLE
    assert machine.take(BOB, over=holder.token).state == "over"
    assert machine.record.startswith(BOB.token)


def test_no_word_of_a_record_is_shown_that_is_not_what_it_should_be(machine: Machine) -> None:
    machine.take(ANN)
    told = (
        '{"who": "ann@desk\\u001b]0;owned\\u0007", "folder": "/x; rm -rf /\\u202e", '
        '"pid": [1], "doing": "step $(reboot)"}'
    )
    (machine.lock / "owner").write_text(f"{'c' * 32}\n{told}\n")
    with pytest.raises(Held) as refused:
        machine.take(BOB)
    assert re.fullmatch(r"[A-Za-z0-9 .,;:()/@=\n-]+", str(refused.value))
    assert "reboot)" not in str(refused.value) and "rm -rf" not in str(refused.value)


@pytest.mark.parametrize(
    "beat", ["", "soon", "5", "08 08", "1 2", "99999999999 1", "* *", "x" * 1000, "-1 -1"]
)
def test_times_that_are_none_make_nobody_old(machine: Machine, beat: str) -> None:
    machine.take(ANN)
    machine.silence()
    (machine.lock / "beat").write_text(beat)
    holder = machine.holder(BOB)
    assert holder.age is None and "a time that cannot be read" in holder.words


def test_a_link_in_the_folders_place_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    machine.lock.symlink_to(elsewhere)
    with pytest.raises(StateError, match="no folder of this account's own"):
        machine.take(ANN)
    assert not list(elsewhere.iterdir())


def test_a_file_in_the_folders_place_is_no_lock(machine: Machine) -> None:
    machine.lock.write_text("")
    with pytest.raises(StateError, match="cannot be taken"):
        machine.take(ANN)


@pytest.mark.parametrize("name", ["mutex", "owner", "beat", "owner.new", "beat.new"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_stands_in_a_files_place_does_no_harm(
    machine: Machine, tmp_path: Path, name: str, kind: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    machine.lock.mkdir()
    path = machine.lock / name
    if kind == "link":
        path.symlink_to(precious)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
        (path / "in it").write_text("")
    if name == "mutex":
        with pytest.raises(StateError, match="mutex is no file"):
            machine.take(ANN)
    elif name == "owner":
        assert machine.holder(ANN).who == UNREADABLE
        assert machine.take(ANN, over=UNREADABLE).state == "over"
        assert machine.record.startswith(ANN.token)
    else:
        assert machine.take(ANN).state == "free"
        assert machine.record.startswith(ANN.token)
    assert precious.read_text() == "precious"


def test_a_host_that_keeps_no_file_says_so(machine: Machine) -> None:
    program = machine.programs / "mv"
    program.write_text("#!/bin/sh\necho 'No space left on device' >&2; exit 1\n")
    program.chmod(0o755)
    with pytest.raises(StateError, match="No space left on device"):
        machine.take(ANN)


def test_an_owner_is_a_directory_in_its_place(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    owner = owner_of(first)
    assert owner_of(first) == owner and re.fullmatch("[0-9a-f]{32}", owner.token)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "owner-id").write_text((first / "owner-id").read_text())
    assert owner_of(copy).token != owner.token
    (first / "owner-id").write_text("rubbish")
    assert owner_of(first).token != owner.token


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7260, "2 h 1 min")]
)
def test_a_time_in_words(seconds: int, words: str) -> None:
    assert duration(seconds) == words
