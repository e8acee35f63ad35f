"""Disks and what is on them, in words for the operator."""

from __future__ import annotations

from steps.common.sizes import gib
from steps.disks.facts.disk import Disk, Part


def short(disk: Disk) -> str:
    """A disk by name, serial, size and model: what is printed on it and what the kernel calls it."""  # noqa: E501
    model = f", {disk.model}" if disk.model else ""
    serial = "no serial" if disk.anonymous else f"serial {disk.serial}"
    return f"{disk.name} ({serial}, {gib(disk.size)}{model})"


def describe(disk: Disk) -> str:
    """What is on a disk, in one line."""
    if disk.is_blank:
        return "empty"
    found = [f"{disk.label.upper()} label" if disk.label else "no label"]
    if disk.content:
        found.append(f"holds {disk.content}")
    found += [_part(part) for part in disk.parts]
    if disk.label:
        found.append(f"{gib(disk.largest_gap[1])} free")
    return ", ".join(found)


def _part(part: Part) -> str:
    mounts = [*part.mounts, *(mount for holder in part.holders for mount in holder.mounts)]
    users = [*(holder.path.rpartition("/")[2] for holder in part.holders), *mounts]
    words = [part.path.rpartition("/")[2], gib(part.size)]
    if part.content:
        words.append(part.content)
    if users:
        words.append(f"({': '.join(dict.fromkeys(users))})")
    return " ".join(words)
