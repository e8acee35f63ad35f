"""What names a disk in the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from steps.disks.facts.disk import Disk


def identified(disks: Sequence[Disk]) -> Iterator[Disk]:
    """Each disk with its id: USB bridges, some SSDs and some virtual disks show one serial or one
    WWN for all.
    """
    serials = Counter(disk.serial for disk in disks)
    wwns = Counter(disk.wwn for disk in disks)
    for disk in disks:
        if disk.wwn and wwns[disk.wwn] == 1:
            yield replace(disk, id=disk.wwn)
        elif serials[disk.serial] == 1:
            yield replace(disk, id=disk.serial)
        else:
            yield disk


def named_by(wwn: str) -> str:
    """A WWN as lsblk has it; "" for one that names nothing: 0x0000000000000000, eui.00000000."""
    digits = wwn.rpartition(".")[2].removeprefix("0x")
    return wwn if digits.strip("0") else ""
