"""The journal survives torn writes and refuses what it cannot understand."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from wizard.base.errors import StateError
from wizard.state.journal import Journal


def begun(path: Path) -> Journal:
    journal = Journal(path)
    values = {"step": "raid", "host": "node1", "key": "k1", "line": "mdadm --create"}
    journal.add("start", **values, kind_of="unit", unit="gw-raid-k1-0")
    return journal


def test_a_start_without_an_end_is_in_flight(tmp_path: Path) -> None:
    begun(tmp_path / "j")
    flight = Journal(tmp_path / "j").progress()["raid"].flights["k1"]
    assert (flight.host, flight.unit, flight.kind) == ("node1", "gw-raid-k1-0", "unit")


def test_an_end_lands_it(tmp_path: Path) -> None:
    journal = begun(tmp_path / "j")
    journal.add(
        "end", step="raid", host="node1", key="k1", line="mdadm", rc=1, ok=False, seconds=2.5
    )
    progress = Journal(tmp_path / "j").progress()["raid"]
    assert not progress.flights and progress.failed == "mdadm" and progress.seconds == 2.5


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_last_line_is_dropped_and_said(tmp_path: Path, cut: int) -> None:
    journal = begun(tmp_path / "j")
    journal.add("verified", step="raid", hosts=["node1"])
    data = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(data[:-cut])
    again = Journal(tmp_path / "j")
    assert again.torn and [record["kind"] for record in again.records] == ["start"]
    again.add("verified", step="raid", hosts=["node1"])
    assert not Journal(tmp_path / "j").torn


def test_a_reader_leaves_the_half_record_of_a_writer_alone(tmp_path: Path) -> None:
    begun(tmp_path / "j")
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"v": 1, "kind": "en')
    data = (tmp_path / "j").read_bytes()
    assert Journal(tmp_path / "j").torn and (tmp_path / "j").read_bytes() == data


def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = begun(tmp_path / "j")
    data, write, calls = (tmp_path / "j").read_bytes(), os.write, []

    def short(fd: int, piece: bytes) -> int:
        calls.append(piece)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, piece[:10])

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(StateError, match="No space left"):
        journal.add("verified", step="raid")
    assert (tmp_path / "j").read_bytes() == data and not Journal(tmp_path / "j").torn


def test_damage_in_the_middle_is_refused_with_its_line(tmp_path: Path) -> None:
    begun(tmp_path / "j").add("verified", step="raid")
    lines = (tmp_path / "j").read_text().splitlines()
    (tmp_path / "j").write_text("\n".join([lines[0], "{rubbish", lines[1], ""]))
    with pytest.raises(StateError, match="line 2 is damaged"):
        Journal(tmp_path / "j")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_text(json.dumps({"v": 99, "kind": "start"}) + "\n")
    with pytest.raises(StateError, match="newer ganeti-wizard"):
        Journal(tmp_path / "j")


def test_private_and_not_writable(tmp_path: Path) -> None:
    journal = begun(tmp_path / "j")
    assert journal.path.stat().st_mode & 0o777 == 0o600
    journal.path = tmp_path / "absent" / "j"
    with pytest.raises(StateError, match="cannot write the journal"):
        journal.add("end", step="raid", key="k1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": 5},
        {"step": ["raid"]},
        {"key": {}},
        {"kind": ["start"]},
        {"kind": "job"},
        {"kind": "job", "job": "7"},
        {"kind": "boot"},
        {"kind": "end", "seconds": "long"},
        {"kind": "end", "ok": "false"},
        {"kind": "verified", "hosts": "node1"},
        {"kind": "verified", "hosts": [1]},
        {"ok_codes": "0"},
        {"ok_codes": [None]},
        {"v": "1"},
        {"v": True},
        {"kind": "end", "seconds": float("nan")},
        {"kind": "end", "seconds": float("inf")},
        {"kind": "end", "seconds": 10**400},
        {"kind": "end", "seconds": None},
        {"kind": "job", "job": True},
    ],
)
def test_a_record_with_something_else_in_it_is_damage(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    start = {"v": 1, "kind": "start", "at": "now", "step": "raid", "host": "node1", "key": "k1"}
    path = tmp_path / "j"
    path.write_text(json.dumps({**start, **wrong}) + "\n" + json.dumps(start) + "\n")
    with pytest.raises(StateError, match="line 1 is damaged"):
        Journal(path)


def test_a_start_without_its_time_is_damage(tmp_path: Path) -> None:
    (tmp_path / "j").write_text('{"kind": "start", "step": "raid", "v": 1}\n')
    with pytest.raises(StateError, match="line 1 is damaged"):
        Journal(tmp_path / "j")


@pytest.mark.parametrize("line", ["[" * 200_000, '{"kind": "end", "x": ' + "[" * 200_000])
def test_nesting_without_an_end_is_damage(line: str, tmp_path: Path) -> None:
    begun(tmp_path / "j")
    good = (tmp_path / "j").read_text("utf-8")
    (tmp_path / "j").write_text(f"{line}\n{good}", "utf-8")
    with pytest.raises(StateError, match="line 1 is damaged"):
        Journal(tmp_path / "j")
