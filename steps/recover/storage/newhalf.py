"""Which disk of a server may take the place of a mirror's lost half."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.sizes import MIB, gib_up
from steps.disks.facts.disk import Disk
from steps.disks.facts.disks import DISKS
from steps.disks.layout import on_one_drive, seen_twice
from steps.disks.slots import member_as_a_whole, reached_by_another, users
from steps.recover.scene import Scene
from steps.recover.storage.mirrors import Mirrors, belongs_here, older_mirrors

GPT_END = MIB
"""Bytes at the end of a disk that the second copy of a GPT needs, rounded up."""


def objection(scene: Scene, now: Mirrors, disk: Disk) -> str:
    """Why a disk must not take the place of the lost half; "" when it may."""
    good = now.good
    if good is None:
        return "no single disk holds what is left"
    if disk == good:
        return "it holds the only good half"
    if disk.barred:
        return disk.barred
    if disk.unread:
        # What was not read would count as empty.
        return f"it could not be read whole: {disk.unread}"
    newer = _newer_twin(now, disk)
    if newer:
        return newer
    if belongs_here(now, disk):
        return ""
    return _cannot_be_overwritten(scene, now, disk) or _does_not_fit(good, disk)


def _newer_twin(now: Mirrors, disk: Disk) -> str:
    """A newer half on a disk: everything that was written last would be overwritten."""
    paths = [part.path for part in disk.parts]
    for older in older_mirrors(now):
        if older.twin.path in paths:
            return (
                f"{older.twin.path} holds newer data than {older.array.path}, "
                "which runs on an older half"
            )
    return ""


def _cannot_be_overwritten(scene: Scene, now: Mirrors, disk: Disk) -> str:
    """What a disk is used for, or why overwriting it would harm another one; "" for nothing."""
    facts = scene.facts
    # What a node that does not answer may reach as well cannot be seen.
    seen = [name for name in scene.answering if scene.read(name, DISKS) is not None]
    unfit = (
        member_as_a_whole(facts, now.host, disk)
        or seen_twice(facts, now.host, disk)
        or reached_by_another(facts, seen, now.host, disk)
    )
    if unfit:
        return unfit
    using = disk.all_mounts or users(facts, now.host, disk)
    if not using:
        return ""
    names = ", ".join(dict.fromkeys(using))
    return f"it is in use: {names} on it"


def _does_not_fit(good: Disk, disk: Disk) -> str:
    """Why the good disk's partition table cannot be written to a disk as it is, or why it would be
    of no use there.
    """
    if on_one_drive(disk, good):
        return f"it is a part of the same drive as {good.name}"
    if disk.sector != good.sector:
        return f"its sectors have {disk.sector} bytes, those of {good.name} {good.sector}"
    needed = max(part.start + part.size for part in good.parts)
    if good.label == "gpt":
        needed += GPT_END
    if disk.size < needed:
        return f"it is too small: {gib_up(needed)} are needed"
    return ""


def candidates(scene: Scene, now: Mirrors) -> Iterator[tuple[Disk, str]]:
    """Each disk of the server but the good one, with what is against it."""
    for disk in now.disks:
        if disk != now.good:
            yield disk, objection(scene, now, disk)
