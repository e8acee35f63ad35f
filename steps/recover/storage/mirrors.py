"""A server's mirrors after one of them lost a half: which disk holds what is left, and which halves
have to go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD, Array, Md, Member
from steps.disks.halves import Older, in_sync, older_halves
from steps.disks.overwrite import word
from steps.disks.wording import identified
from steps.recover.facts.media import MEDIA
from steps.recover.scene import Scene
from wizard.answers import Answers


@dataclass(frozen=True)
class Mirrors:
    """The running mirrors of two halves of one server, and its disks."""

    host: str
    disks: tuple[Disk, ...]
    md: Md
    arrays: tuple[Array, ...]

    @property
    def degraded(self) -> tuple[Array, ...]:
        """Those that lack a half, or are being given one."""
        return tuple(array for array in self.arrays if array.degraded)

    def disk_of(self, path: str) -> Disk | None:
        """The disk on which a partition lies; None when the kernel has it no more."""
        for disk in self.disks:
            if any(part.path == path for part in disk.parts):
                return disk
        return None

    def part_of(self, path: str) -> Part | None:
        """A partition by its device name."""
        for disk in self.disks:
            for part in disk.parts:
                if part.path == path:
                    return part
        return None

    def survivors(self) -> tuple[Disk, ...]:
        """The disks that hold the only good half of some mirror."""
        disks: list[Disk] = []
        for array in self.degraded:
            for member in array.members:
                disk = self.disk_of(member.path)
                if in_sync(member) and disk is not None and disk not in disks:
                    disks.append(disk)
        return tuple(disks)

    @property
    def good(self) -> Disk | None:
        """The one disk that holds what is left; None where that is no single one."""
        survivors = self.survivors()
        if len(survivors) != 1:
            return None
        (disk,) = survivors
        halves = [self.half(array, disk) for array in self.degraded]
        if None in halves:
            return None
        return disk

    def half(self, array: Array, disk: Disk) -> Member | None:
        """An array's good half on a disk."""
        paths = {part.path for part in disk.parts}
        for member in array.members:
            if in_sync(member) and member.path in paths:
                return member
        return None

    def place(self, array: Array, good: Disk, disk: Disk) -> Part | None:
        """The partition of a disk that is to be the other half: the same number as the good
        one's.
        """
        half = self.half(array, good)
        if half is None:
            return None
        part = self.part_of(half.path)
        if part is None:
            return None
        for other in disk.parts:
            if other.number == part.number:
                return other
        return None


def mirrors(scene: Scene, host: str) -> Mirrors | None:
    """The mirrors of a server; None where disks or arrays could not be read."""
    md = scene.read(host, MD)
    disks = scene.read(host, DISKS)
    if md is None or not disks:
        return None
    arrays = []
    for array in md.volumes:
        of_two_halves = array.level == "raid1" and array.raid_disks == 2
        if array.active and of_two_halves:
            arrays.append(array)
    return Mirrors(host, disks, md, tuple(arrays))


def readable(scene: Scene) -> Answers:
    """The answers with those servers alone whose disks were read: one that is away hinders no word
    for a disk of another.
    """
    nodes = [node for node in scene.nodes if scene.read(node.short, DISKS)]
    return scene.answers.model_copy(update={"nodes": nodes})


def word_of(scene: Scene, host: str, disk: Disk) -> str:
    """What names a disk when it is chosen, and what is typed to have it overwritten."""
    return word(readable(scene), scene.facts, host, disk)


def read_errors(scene: Scene, now: Mirrors) -> str:
    """Why what is left cannot be copied as a whole; "" when nothing is known against it."""
    media = scene.read(now.host, MEDIA)
    good = now.good
    if good is None:
        return ""
    if media is None:
        return f"nobody knows whether {identified(good)} can be read"
    errors = media.of(good.name)
    for part in good.parts:
        name = part.path.removeprefix("/dev/")
        errors += media.of(name)
    if not errors:
        return ""
    return f"{identified(good)}, the only good half, has {errors} read errors"


def same_table(good: Disk, disk: Disk) -> bool:
    """Whether a disk is partitioned as the good one is."""
    return good.label == disk.label and _places(good) == _places(disk)


def _places(disk: Disk) -> list[tuple[int, int, int, str]]:
    """What must be the same of two tables; a type is written in large letters or in small ones."""
    places = []
    for part in disk.parts:
        kind = part.type.upper()
        places.append((part.number, part.start, part.size, kind))
    return sorted(places)


def belongs_here(now: Mirrors, disk: Disk) -> bool:
    """Whether a disk is partitioned as the good one, and each of its halves is in its mirror, or
    was, or is empty: it is added as it is then.
    """
    good = now.good
    if good is None or not same_table(good, disk):
        return False
    return all(_is_own_half(now, array, good, disk) for array in now.degraded)


def _is_own_half(now: Mirrors, array: Array, good: Disk, disk: Disk) -> bool:
    """Whether the partition that is to be a mirror's other half is in it, or was, or is empty."""
    part = now.place(array, good, disk)
    if part is None:
        return False
    # What the kernel does not have as the table has it was not looked at.
    empty = part.seen and not part.content and not part.in_use
    if empty or part.path in _working(array):
        return True
    return _was_in(now, array, part)


def _working(array: Array) -> list[str]:
    """The paths of an array's members, without failed ones: such a one may be a device that is
    gone, whose name another disk has got.
    """
    paths = []
    for member in array.members:
        if not member.faulty:
            paths.append(member.path)
    return paths


def _was_in(now: Mirrors, array: Array, part: Part) -> bool:
    """Whether a partition's superblock says that it is, or was, a half of the array."""
    block = now.md.superblock(part.path)
    return block is not None and block.uuid == now.md.uuid(array)


def older_mirrors(now: Mirrors) -> Iterator[Older]:
    """The mirrors that run without a half that counts further: everything that was written last is
    on that one.
    """
    for array in now.degraded:
        yield from older_halves(now.md, array)


def leaving(now: Mirrors, new: Disk | None) -> Iterator[tuple[Array, Member]]:
    """The halves that have to go: failed ones, and those on a disk that is lost to some mirror: who
    pulls it pulls all its halves.
    """
    good = now.good
    if good is None:
        return
    staying = [good]
    if new is not None:
        staying.append(new)
    for array in now.arrays:
        if now.half(array, good) is None:
            continue
        for member in array.members:
            disk = now.disk_of(member.path)
            if member.faulty or (disk not in staying and _is_lost(now, disk)):
                yield array, member


def _is_lost(now: Mirrors, disk: Disk | None) -> bool:
    """Whether a disk is gone, or some mirror runs without its half."""
    if disk is None:
        return True
    return any(_lost_to(now, array, disk) for array in now.degraded)


def _lost_to(now: Mirrors, array: Array, disk: Disk) -> bool:
    """Whether an array runs without its half on a disk: that failed, or was left out."""
    working = _working(array)
    for part in disk.parts:
        if part.path in working:
            continue
        if part.path in array.paths or _was_in(now, array, part):
            return True
    return False
