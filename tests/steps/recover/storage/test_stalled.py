"""What stands still on a master, as the program reads it off Ganeti's files."""

from __future__ import annotations

import fcntl
import json
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.recover.facts.stalled import PROGRAM, Stalled, parse


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[Path]:
    """A livelock that somebody holds as Ganeti's processes do."""
    path = tmp_path / "livelocks" / "job_7_1795363000"
    path.parent.mkdir()
    with path.open("w") as file:
        held = struct.pack("hhqqhh", fcntl.F_WRLCK, 0, 0, 0, 0, 0)
        fcntl.fcntl(file, fcntl.F_SETLK, held)
        yield path


def told(folder: Path) -> Stalled:
    program = PROGRAM.replace("/var/lib/ganeti", str(folder))
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return parse(done.stdout)


def job(folder: Path, number: int, *states: str, livelock: str = "", age: int = 900) -> None:
    given = int(time.time()) - age
    ops = [{"input": {"OP_ID": "OP_X", "password": "s3cr3t"}, "status": one} for one in states]
    data: dict[str, object] = {"id": number, "ops": ops, "received_timestamp": [given, 5]}
    if livelock:
        data["livelock"] = livelock
        data["start_timestamp"] = [given, 6]
    (folder / "queue").mkdir(exist_ok=True)
    (folder / "queue" / f"job-{number}").write_text(json.dumps(data))


def test_a_job_is_what_ganeti_makes_of_its_operations(tmp_path: Path, alive: Path) -> None:
    job(tmp_path, 5, "success", "success")
    job(tmp_path, 6, "success", "queued")
    job(tmp_path, 7, "running", "queued", livelock=str(alive))
    job(tmp_path, 8, "waiting", livelock=str(alive.with_name("job_8_1")))
    job(tmp_path, 9, "error", "queued")
    (tmp_path / "queue" / "job-10").write_text("{")
    (tmp_path / "queue" / "serial").write_text("10")
    stalled = told(tmp_path)
    rows = [(one.id, one.status, one.alive) for one in stalled.jobs]
    assert rows == [(6, "queued", None), (7, "running", True), (8, "waiting", False)]
    assert all(900 <= one.age < 1000 for one in stalled.jobs)


@pytest.mark.parametrize("as_key", [False, True])
def test_owners_of_locks_are_asked_whether_they_live(
    tmp_path: Path, alive: Path, as_key: bool
) -> None:
    dead = alive.with_name("job_8_1795360000")
    dead.touch()
    owners = [[7, str(alive), 11], [8, str(dead), 12], ["gnt-x", str(dead) + "0", 13]]
    held = [["instance/inst1.name.org", [[owner, "exclusive"]]] for owner in owners]
    value: object = {json.dumps(owner): held for owner in owners} if as_key else [held, []]
    (tmp_path / "locks.data").write_text(json.dumps(value))
    assert told(tmp_path).dead == ("8", "gnt-x")


def test_a_living_lock_is_left_as_it_was(tmp_path: Path, alive: Path) -> None:
    job(tmp_path, 7, "running", livelock=str(alive))
    assert told(tmp_path).jobs[0].alive
    assert told(tmp_path).jobs[0].alive


def test_the_watcher_gives_up_after_five_tries_and_for_eight_hours(tmp_path: Path) -> None:
    now = time.time()
    state = {
        "node": {},
        "instance": {
            "a": {"restart_count": 5, "restart_when": now - 100},
            "b": {"restart_count": 4, "restart_when": now - 100},
            "c": {"restart_count": 6, "restart_when": now - 9 * 3600},
        },
    }
    (tmp_path / "watcher.0000-1.data").write_text(json.dumps(state))
    assert told(tmp_path).given_up == {"a"}


def test_nothing_is_there(tmp_path: Path) -> None:
    assert told(tmp_path) == parse("") == Stalled()
