"""The devices as lsblk lists them, in one form whatever its version.

util-linux 2.37 has `mountpoints`, a list; before, there was `mountpoint`, a text (util-linux issue
1474). Before 2.33 numbers and booleans are texts, "1" and "0" (clr-installer pull request 175). A
device that stands on several others is listed below each of them; it is one device here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from wizard.base.plain import plain_line

Row = dict[str, Any]
"""A device with what stands on it as its `children`; a device is the same dict below each."""

_FLAGS = {"1": True, "0": False, "true": True, "false": False, "none": False}
_FLAG_COLUMNS = ("ro", "rm")
_NUMBERS = ("size", "log-sec")
_MOUNTS = {"mountpoint", "mountpoints"}


def devices(listed: Iterable[Any]) -> list[Row]:
    """The rows in one form. Raises ValueError, KeyError or TypeError for what is not understood:
    what a device is used for must not be guessed.
    """
    known: dict[str, Row] = {}
    rows: list[Row] = []
    for row in listed:
        _add_once(rows, _device(row, known))
    tells_mounts = any(_MOUNTS & row.keys() for row in listed)
    if known and not tells_mounts:
        raise ValueError("lsblk does not tell where anything is mounted")
    return rows


def _add_once(rows: list[Row], row: Row) -> None:
    """Add a device unless it is there: the very same one, since two may look alike."""
    is_there = any(row is other for other in rows)
    if not is_there:
        rows.append(row)


def _device(listed: Any, known: dict[str, Row]) -> Row:
    """One device with all below it. What several rows tell of it is put together in `known`, by the
    kernel's name.
    """
    name = listed.get("kname") or listed["path"]
    mounts = _mounts(listed)
    values = _values(listed)
    row = known.setdefault(name, {"kname": name, "mountpoints": [], "children": []})
    all_mounts = [*row["mountpoints"], *mounts]
    row["mountpoints"] = list(dict.fromkeys(all_mounts))
    for column, value in values.items():
        # What an earlier row told stays; so do the three that are put together here.
        if row.get(column) is None:
            row[column] = value
    for child in listed.get("children") or ():
        _add_once(row["children"], _device(child, known))
    return row


def _values(listed: Any) -> dict[str, Any]:
    """What a row has in its columns, flags and numbers as such whatever the version."""
    values = {**listed}
    for column in _FLAG_COLUMNS:
        values[column] = _flag(listed.get(column))
    for column in _NUMBERS:
        values[column] = _number(listed.get(column))
    return values


def _mounts(listed: Any) -> list[str]:
    """Where a device is mounted, by either column."""
    several = listed.get("mountpoints") or []
    if isinstance(several, str):
        several = several.split("\n")
    places = [*several, listed.get("mountpoint")]
    # lsblk lists null for what is not mounted.
    return [place for place in places if place]


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = _FLAGS.get(str(value).strip().lower())
    if known is None:
        raise ValueError(f"lsblk says {value!r} for yes or no")
    return known


def _number(value: Any) -> int | None:
    """A number, or None where lsblk tells none."""
    if value is None or not str(value).strip():
        return None
    return int(value)


def every(rows: Iterable[Row]) -> Iterator[Row]:
    """All devices, each once."""
    seen: set[str] = set()
    waiting = list(rows)
    while waiting:
        row = waiting.pop(0)
        if row["kname"] in seen:
            continue
        seen.add(row["kname"])
        yield row
        waiting += row["children"]


def column(row: Row, name: str) -> str:
    """What lsblk has in a column, as one line; "" where it has nothing."""
    return plain_line(row.get(name) or "").strip()


def is_own_partition(row: Row, child: Row) -> bool:
    """Whether a device is a partition that the kernel made of this disk. One that kpartx(8) mapped
    is another device, which holds the disk.
    """
    is_part = child.get("type") == "part" and row.get("type") == "disk"
    if not is_part:
        return False
    is_mapped = child["kname"].startswith("dm-")
    return not is_mapped


def partitions(row: Row) -> list[Row]:
    """The partitions of a disk that the kernel knows."""
    return [child for child in row["children"] if is_own_partition(row, child)]
