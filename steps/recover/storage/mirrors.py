"""A server's mirrors after one of them lost a half: which disk holds what is left, and which one
may take the place of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.common.sizes import MIB, gib_up
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD, Array, Md, Member, Superblock
from steps.disks.layout import seen_twice
from steps.disks.overwrite import word
from steps.disks.slots import member_as_a_whole, users
from steps.disks.wording import identified
from steps.recover.facts.media import MEDIA
from steps.recover.scene import Scene
from wizard.answers import Answers

GPT_END = MIB
"""Bytes at the end of a disk that the second copy of a GPT needs, rounded up."""


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
        whole = all(self.half(array, disk) is not None for array in self.degraded)
        return disk if whole else None

    def half(self, array: Array, disk: Disk) -> Member | None:
        """An array's good half on a disk."""
        for member in array.members:
            if in_sync(member) and member.path in {part.path for part in disk.parts}:
                return member
        return None

    def place(self, array: Array, good: Disk, disk: Disk) -> Part | None:
        """The partition of a disk that is to be the other half: the same number as the good
        one's.
        """
        half = self.half(array, good)
        part = self.part_of(half.path) if half else None
        for other in disk.parts:
            if part is not None and other.number == part.number:
                return other
        return None


def in_sync(member: Member) -> bool:
    """Whether the kernel reads from it (md(4): in_sync, perhaps with write_mostly)."""
    return "in_sync" in member.state.split(",")


def mirrors(scene: Scene, host: str) -> Mirrors | None:
    """The mirrors of a server; None where disks or arrays could not be read."""
    md = scene.read(host, MD)
    disks = scene.read(host, DISKS)
    if md is None or not disks:
        return None
    arrays = []
    for array in md.volumes:
        if array.active and array.level == "raid1" and array.raid_disks == 2:
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
    names = [good.name, *(part.path.removeprefix("/dev/") for part in good.parts)]
    errors = sum(media.of(name) for name in names)
    return f"{identified(good)}, the only good half, has {errors} read errors" if errors else ""


def same_table(good: Disk, disk: Disk) -> bool:
    """Whether a disk is partitioned as the good one is."""
    return good.label == disk.label and _places(good) == _places(disk)


def _places(disk: Disk) -> list[tuple[int, int, int, str]]:
    places = []
    for part in disk.parts:
        places.append((part.number, part.start, part.size, part.type.upper()))
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
    part = now.place(array, good, disk)
    if part is None:
        return False
    block = now.md.superblock(part.path)
    # A failed member may be a device that is gone, whose name this disk has got.
    inside = any(member.path == part.path and not member.faulty for member in array.members)
    # What the kernel does not have as the table has it was not looked at.
    empty = part.seen and not part.content and not part.in_use
    return inside or empty or (block is not None and block.uuid == now.md.uuid(array))


@dataclass(frozen=True)
class Older:
    """A mirror that runs on the older of its halves: what its newest running half and the newer
    one, which it runs without, say of themselves.
    """

    array: Array
    half: Superblock
    twin: Superblock

    @property
    def what(self) -> str:
        """It in words."""
        return (
            f"{self.array.path} runs on {self.half.path}, which counts to {self.half.events}; "
            f"{self.twin.path}, left out, counts to {self.twin.events} and is newer"
        )


def older_halves(now: Mirrors) -> Iterator[Older]:
    """The mirrors that run without a half that counts further (md(4), event count): everything that
    was written last is on that one.
    """
    for array in now.degraded:
        halves = []
        for member in array.members:
            block = now.md.superblock(member.path)
            if in_sync(member) and block is not None:
                halves.append(block)
        half = max(halves, key=lambda block: block.events, default=None)
        for twin in now.md.superblocks:
            if half is None or twin.path in array.paths or twin.uuid != half.uuid:
                continue
            if twin.events > half.events:
                yield Older(array, half, twin)


def objection(scene: Scene, now: Mirrors, disk: Disk) -> str:
    """Why a disk must not take the place of the lost half; "" when it may."""
    good = now.good
    if good is None:
        return "no single disk holds what is left"
    if disk == good:
        return "it holds the only good half"
    if disk.read_only:
        return "it is read-only"
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
    for older in older_halves(now):
        if older.twin.path in [part.path for part in disk.parts]:
            return (
                f"{older.twin.path} holds newer data than {older.array.path}, "
                "which runs on an older half"
            )
    return ""


def _cannot_be_overwritten(scene: Scene, now: Mirrors, disk: Disk) -> str:
    unfit = member_as_a_whole(scene.facts, now.host, disk) or seen_twice(
        scene.facts, now.host, disk
    )
    if unfit:
        return unfit
    if disk.all_mounts:
        return f"it is in use: {', '.join(disk.all_mounts)} on it"
    using = users(scene.facts, now.host, disk)
    return f"it is in use: {', '.join(dict.fromkeys(using))} on it" if using else ""


def _does_not_fit(good: Disk, disk: Disk) -> str:
    if disk.sector != good.sector:
        return f"its sectors have {disk.sector} bytes, those of {good.name} {good.sector}"
    end = max(part.start + part.size for part in good.parts)
    needed = end + (GPT_END if good.label == "gpt" else 0)
    if disk.size < needed:
        return f"it is too small: {gib_up(needed)} are needed"
    return ""


def candidates(scene: Scene, now: Mirrors) -> Iterator[tuple[Disk, str]]:
    """Each disk of the server but the good one, with what is against it."""
    for disk in now.disks:
        if disk != now.good:
            yield disk, objection(scene, now, disk)


def leaving(now: Mirrors, new: Disk | None) -> Iterator[tuple[Array, Member]]:
    """The halves that have to go: failed ones, and those on a disk that is lost to some mirror: who
    pulls it pulls all its halves.
    """
    good = now.good
    if good is None:
        return
    staying = [good] if new is None else [good, new]
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
    working = [member.path for member in array.members if not member.faulty]
    for part in disk.parts:
        block = now.md.superblock(part.path)
        was_in = block is not None and block.uuid == now.md.uuid(array)
        if part.path not in working and (was_in or part.path in array.paths):
            return True
    return False
