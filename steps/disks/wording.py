"""Disks and what is on them, in words for the operator."""

from __future__ import annotations

from steps.common.sizes import gib
from steps.disks.facts.disk import DOS_LIMIT, Disk, Part, mounts_on


def identified(disk: Disk) -> str:
    """A disk by the kernel's name and by what is printed on it: serial, size, model."""
    marks = [_serial(disk)]
    if disk.id == disk.wwn and disk.wwn != disk.serial:
        marks.append(f"WWN {disk.wwn}")
    marks.append(gib(disk.size))
    if disk.model:
        marks.append(disk.model)
    listed = ", ".join(marks)
    return f"{disk.name} ({listed})"


def _serial(disk: Disk) -> str:
    if disk.serial == disk.name:
        return "no serial"
    if disk.anonymous:
        return "no serial of its own"
    return f"serial {disk.serial}"


def describe(disk: Disk) -> str:
    """What is on a disk, in one line."""
    if disk.is_blank:
        return "empty"
    words = []
    if disk.label:
        words.append(f"{disk.label.upper()} label")
    else:
        words.append("no label")
    if disk.content:
        words.append(f"holds {disk.content}")
    for part in disk.parts:
        words.append(_part(part))
    if disk.label:
        _, room = disk.largest_gap
        words.append(f"{gib(room)} free")
    reached = DOS_LIMIT * disk.sector
    if disk.label == "dos" and disk.size > reached:
        words.append(f"of the first {gib(reached)}, which a DOS label reaches")
    return ", ".join(words)


def _part(part: Part) -> str:
    words = [
        _device(part.path),
        gib(part.size),
    ]
    if part.content:
        words.append(part.content)
    users = [
        *(_device(holder.path) for holder in part.holders),
        *part.mounts,
        *mounts_on(part.holders),
    ]
    if users:
        listed = ": ".join(dict.fromkeys(users))
        words.append(f"({listed})")
    return " ".join(words)


def _device(path: str) -> str:
    return path.rpartition("/")[2]
