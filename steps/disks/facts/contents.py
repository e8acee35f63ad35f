"""What is in disks and partitions, joined from lsblk's tree and wipefs's signatures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from steps.disks.facts.disk import Holder
from steps.disks.facts.lsblk import Row, column, is_own_partition

TABLES = ("dos", "gpt", "PMBR", "atari", "mac", "sun", "sgi", "bsd")
"""Signatures of partition tables. What shows on a disk is its own table, or what looks like another
one (util-linux issue 1116: atari on a DOS label). In a partition it is content: a guest's disk.
"""


@dataclass(frozen=True)
class Signature:
    """One line of wipefs: the place on its device in bytes, its kind, whose UUID and label it
    bears.
    """

    offset: int
    kind: str
    uuid: str
    label: str = ""

    @property
    def is_table(self) -> bool:
        """Whether it is a partition table's."""
        return self.kind in TABLES


class Signatures:
    """What wipefs found, by device. Its column DEVICE holds the last part of a name alone: e0.0 of
    /dev/etherd/e0.0.
    """

    def __init__(self, listed: Mapping[str, Sequence[Signature]]) -> None:
        self._listed = listed

    def of(self, path: str) -> Sequence[Signature]:
        """What is on the device of that name."""
        return self._listed.get(path.rpartition("/")[2], ())


def signatures_of(lines: Iterable[str]) -> Signatures:
    """The signatures by device; `wipefs --parsable` separates by commas."""
    listed: dict[str, list[Signature]] = {}
    for line in lines:
        if line.startswith("#") or line.count(",") < 2:
            continue
        columns = [*line.split(","), "", ""]
        device, offset, kind, uuid, label = columns[:5]
        if not kind:
            continue
        signature = Signature(int(offset, 0), kind, uuid, label)
        listed.setdefault(device.rpartition("/")[2], []).append(signature)
    return Signatures(listed)


def holders(row: Row) -> Iterator[Holder]:
    """All that stands on a disk or partition, however deep: arrays, volumes, and partitions of an
    array or of a multipath device. A disk's own partitions are no holders.
    """
    for child in row["children"]:
        if not is_own_partition(row, child):
            yield from _stack(child)


def _stack(row: Row) -> Iterator[Holder]:
    yield Holder(row["path"], row.get("type") or "", tuple(row["mountpoints"]))
    for child in row["children"]:
        yield from _stack(child)


@dataclass(frozen=True)
class Contents:
    """What is in disks and partitions."""

    signatures: Signatures
    unread: frozenset[str]
    """Devices that wipefs could not read."""

    def of_part(self, row: Row, path: str) -> str:
        """The signature in a partition by wipefs, else what udev knows; "" when there is none, or
        when nobody can tell.
        """
        listed = self.signatures.of(path)
        if path in self.unread:
            return ""
        if not listed:
            return column(row, "fstype")
        # NTFS brings a protective MBR of its own (util-linux issue 411).
        own = [signature for signature in listed if not signature.is_table]
        return (own or listed)[0].kind

    def of_disk(self, row: Row, inside: Iterable[tuple[int, str]], label: str) -> str:
        """The signature on a disk as a whole; `label` is the partition table that sfdisk read.

        A superblock at the end of the last partition may lie where one of the whole disk would
        (mdadm's metadata 0.90 and 1.0): it is seen on both, at the same place, as `inside` tells. A
        table that wipefs sees where sfdisk reads none is content: an old Mac's disk is not empty.
        """
        path = row["path"]
        listed = self.signatures.of(path)
        if path in self.unread:
            return ""
        if not listed:
            return column(row, "fstype")
        within = set(inside)
        for signature in listed:
            if not signature.is_table and (signature.offset, signature.kind) not in within:
                return signature.kind
        tables = [signature.kind for signature in listed if signature.is_table]
        return tables[0] if tables and not label else ""

    def inside(self, entries: Iterable[Row], sector: int) -> Iterator[tuple[int, str]]:
        """Where on the whole disk the signatures in its partitions lie, and their kinds."""
        for entry in entries:
            for signature in self.signatures.of(entry["node"]):
                yield entry["start"] * sector + signature.offset, signature.kind


def contents_of(lines: Iterable[str], unread: Iterable[str]) -> Contents:
    """Join the lines of wipefs with its complaints."""
    names = frozenset(line.partition(": ")[0] for line in unread)
    return Contents(signatures_of(lines), names)
