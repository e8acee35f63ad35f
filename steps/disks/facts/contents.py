"""What is in disks and partitions, joined from lsblk's tree and wipefs's signatures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from steps.disks.facts.disk import Holder

Row = Mapping[str, Any]
"""A device as lsblk --json lists it, with what stands on it as its `children`."""

_TABLES = ("dos", "gpt", "PMBR", "atari", "mac", "sun", "sgi", "bsd")
_SHARED = ("btrfs", "bcachefs")
"""File systems over several devices under one UUID: lsblk shows their mount points on one alone."""


def column(row: Row, name: str) -> str:
    """What lsblk has in a column; "" where it has nothing."""
    return (row.get(name) or "").strip()


@dataclass(frozen=True)
class Signature:
    """One line of wipefs: the place on its device in bytes, its kind, whose UUID it bears."""

    offset: int
    kind: str
    uuid: str


def signatures_of(lines: Iterable[str]) -> dict[str, list[Signature]]:
    """The signatures that are no partition table, by device; `wipefs --parsable` separates by
    commas.
    """
    listed: dict[str, list[Signature]] = {}
    for line in lines:
        if line.startswith("#") or line.count(",") < 2:
            continue
        columns = [*line.split(","), ""]
        device, offset, kind, uuid = columns[:4]
        if not kind or kind in _TABLES:
            continue
        # The column DEVICE holds the bare name.
        name = device.removeprefix("/dev/")
        signature = Signature(int(offset, 0), kind, uuid)
        listed.setdefault(f"/dev/{name}", []).append(signature)
    return listed


def mounts_of(row: Row) -> tuple[str, ...]:
    """Mount points of a device itself."""
    # lsblk lists null for what is not mounted.
    return tuple(mount for mount in row.get("mountpoints") or () if mount)


def partitions(row: Row) -> list[Row]:
    """The rows of lsblk for the partitions of a disk that the kernel knows."""
    return [child for child in row.get("children") or () if child.get("type") == "part"]


def holders(row: Row) -> Iterator[Holder]:
    """All that stands on a disk or partition, however deep: arrays, volumes, and partitions of an
    array or of a multipath device. A disk's own partitions are no holders.
    """
    for child in row.get("children") or ():
        if child.get("type") != "part" or row.get("type") != "disk":
            yield from _stack(child)


def _stack(row: Row) -> Iterator[Holder]:
    yield Holder(row["path"], row.get("type") or "", mounts_of(row))
    for child in row.get("children") or ():
        yield from _stack(child)


@dataclass(frozen=True)
class Contents:
    """What is in disks and partitions, and where that is mounted."""

    signatures: Mapping[str, list[Signature]]
    shared: Mapping[str, tuple[str, ...]]
    """Mount points by the UUID of a file system that spans several devices."""
    unread: frozenset[str]
    """Devices that wipefs could not read."""

    def kind(self, row: Row, path: str) -> str:
        """The first signature by wipefs, else what udev knows; "" when there is none, or when
        nobody can tell.
        """
        listed = self.signatures.get(path)
        if path in self.unread:
            return ""
        return listed[0].kind if listed else column(row, "fstype")

    def mounts(self, row: Row, path: str) -> tuple[str, ...]:
        """Mount points of a device itself, and of the file system that it is a part of."""
        mounts = list(mounts_of(row))
        for signature in self.signatures.get(path, ()):
            mounts += self.shared.get(signature.uuid, ())
        return tuple(dict.fromkeys(mounts))


def contents_of(rows: Iterable[Row], lines: Iterable[str], unread: Iterable[str]) -> Contents:
    """Join the rows of the disks with the lines of wipefs; `unread` are its complaints."""
    signatures = signatures_of(lines)
    shared: dict[str, tuple[str, ...]] = {}
    for device in _devices(rows):
        mounts = mounts_of(device)
        if not mounts:
            continue
        for signature in signatures.get(device["path"], ()):
            if signature.uuid and signature.kind in _SHARED:
                shared[signature.uuid] = mounts
    names = frozenset(line.partition(": ")[0] for line in unread)
    return Contents(signatures, shared, names)


def _devices(rows: Iterable[Row]) -> Iterator[Row]:
    """The disks and their partitions."""
    for row in rows:
        yield row
        yield from partitions(row)


def own_content(row: Row, contents: Contents, entries: Iterable[Row], sector: int) -> str:
    """The signature on a disk as a whole.

    A superblock at the end of the last partition may lie where one of the whole disk would (mdadm's
    metadata 0.90 and 1.0): it is seen on both, at the same place.
    """
    path = row["path"]
    listed = contents.signatures.get(path)
    if not listed:
        return contents.kind(row, path)
    inside = set()
    for entry in entries:
        start = entry["start"] * sector
        for signature in contents.signatures.get(entry["node"], ()):
            inside.add((start + signature.offset, signature.kind))
    for signature in listed:
        if (signature.offset, signature.kind) not in inside:
            return signature.kind
    return ""
