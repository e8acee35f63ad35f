"""Append-only journal of a build: consent, commands in flight, boot ids, job ids; never truth about
hosts.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wizard.base.errors import StateError
from wizard.base.own_files import read_whole
from wizard.model.flight import Flight, Progress

VERSION = 1
Record = dict[str, Any]
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("kind", "at", "step", "host", "key", "line", "kind_of", "unit", "boot"), str),
    **dict.fromkeys(("v", "job", "rc"), int),
    **dict.fromkeys(("hosts", "ok_codes"), list),
    "ok": bool,
    "seconds": (int, float),
}
_LISTS = {"hosts": str, "ok_codes": int}
_LARGEST = 1 << 63
"""No number of a record reaches this."""
_NEEDED = {
    "start": ("at", "step"),
    "verified": ("at", "step"),
    "undone": ("at", "step"),
    "job": ("job",),
    "boot": ("boot", "host"),
}
"""By the kind of a record, what it is nothing without."""


class Journal:
    """One JSON object a line, each synced to disk before the engine goes on.

    A torn last line (power loss, kill, or another process that writes it just now) is not read, and
    `torn` says so; the next record, which only the holder of the state's lock adds, takes its
    place. Raises StateError for a record from a newer wizard, for damage elsewhere, and when the
    file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._torn_at: int | None = None
        self._lock = threading.Lock()
        self.records: list[Record] = list(self._read())

    @property
    def torn(self) -> bool:
        """Whether the file ends with half a record."""
        return self._torn_at is not None

    def _read(self) -> Iterator[Record]:
        try:
            data = read_whole(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StateError(
                f"cannot read the journal: {error.strerror}",
                where=str(self.path),
                mend="check the rights on it; what is no file, move away: the hosts themselves "
                "say what is done",
            ) from error
        lines = data.split(b"\n")
        offset = 0
        for number, line in enumerate(lines, 1):
            last = number == len(lines)
            if last and not line:
                return
            record = None if last else _decode(line)
            if record is None:
                if any(rest.strip() for rest in lines[number:]):
                    raise self._damaged(number)
                self._torn_at = offset
                return
            version = record.get("v", 0)
            if isinstance(version, int) and version > VERSION:
                raise StateError(
                    f"line {number} is from a newer ganeti-wizard (format {version}, "
                    f"this one knows {VERSION})",
                    where=str(self.path),
                    mend="use that newer version, or another --state directory",
                )
            if not _is_sound(record):
                raise self._damaged(number)
            offset += len(line) + 1
            yield record

    def _damaged(self, number: int) -> StateError:
        return StateError(
            f"line {number} is damaged",
            where=str(self.path),
            mend="move the file away and start again: the hosts themselves say what is done",
        )

    def _append(self, data: bytes) -> None:
        """Write a whole line and sync it; what a full disk took of it is taken back."""
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if self._torn_at is not None:
                os.ftruncate(fd, self._torn_at)
                self._torn_at = None
            whole = os.fstat(fd).st_size
            try:
                while data:
                    data = data[os.write(fd, data) :]
                os.fsync(fd)
            except OSError:
                os.ftruncate(fd, whole)
                raise
        finally:
            os.close(fd)

    def add(self, kind: str, **values: Any) -> Record:
        """Append one record and sync it; raises StateError when the disk does not take it."""
        record = {"v": VERSION, "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "kind": kind, **values}
        line = json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n"
        with self._lock:
            try:
                self._append(line.encode())
            except OSError as error:
                raise StateError(
                    f"cannot write the journal: {error.strerror}",
                    where=str(self.path),
                    mend=(
                        "free space there or correct the permissions; nothing was run "
                        "without a record"
                    ),
                ) from error
            self.records.append(record)
        return record

    def progress(self) -> dict[str, Progress]:
        """Per step, what was claimed and what is still in flight."""
        steps: dict[str, Progress] = {}
        for record in list(self.records):
            if record["kind"] == "undone":
                steps.pop(record["step"], None)
            elif "step" in record:
                _count(steps.setdefault(record["step"], Progress()), record)
        return steps


def _decode(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        # Beside what is no JSON: nesting without an end.
        return None
    return record if isinstance(record, dict) and "kind" in record else None


def _is_sound(record: Record) -> bool:
    """Whether all that is read of a record is there, and is what it should be."""
    for name, kind in _TYPES.items():
        if name in record and not _is_of(record[name], kind):
            return False
    for name, kind in _LISTS.items():
        if not all(_is_of(value, kind) for value in record.get(name, ())):
            return False
    return all(name in record for name in _NEEDED.get(record["kind"], ()))


def _is_of(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether a value of JSON is of a kind. There true is no number, nor are NaN, Infinity and what
    no clock and no counter can reach.
    """
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, int | float) and not -_LARGEST < value < _LARGEST:
        return False
    return isinstance(value, kind)


def _count(progress: Progress, record: Record) -> None:
    """Take one record of a step into account."""
    kind = record["kind"]
    if kind == "start":
        _begin(progress, record)
    elif kind in ("job", "boot"):
        flight = progress.flights.get(record.get("key", ""))
        if flight is not None:
            setattr(flight, kind, record[kind])
    elif kind in ("end", "looked"):
        _end(progress, record)
    elif kind == "verified":
        progress.verified = record["at"]
        progress.failed = ""
        progress.hosts = dict.fromkeys(record.get("hosts", progress.hosts), "done")


def _begin(progress: Progress, record: Record) -> None:
    flight = Flight(
        step=record["step"],
        host=record.get("host", ""),
        key=record.get("key", ""),
        line=record.get("line", ""),
        kind=record.get("kind_of", ""),
        unit=record.get("unit", ""),
        at=record["at"],
        # A start that names none is from before they were kept: 0 was a success then as well.
        ok=tuple(record.get("ok_codes", (0,))),
    )
    progress.flights[flight.key] = flight
    progress.hosts[flight.host] = "running"
    progress.verified = ""


def _end(progress: Progress, record: Record) -> None:
    """The end of a command: seen by the run itself ("end"), or found by a later look ("looked")."""
    ok = bool(record.get("ok"))
    ended = record["kind"] == "end"
    progress.flights.pop(record.get("key", ""), None)
    progress.seconds += record.get("seconds", 0.0)
    if ended:
        progress.commands += 1
    otherwise = "failed" if ended else "unknown"
    progress.hosts[record.get("host", "")] = "ran" if ok else otherwise
    progress.failed = "" if ok else record.get("line", "")
