"""The chosen disks as places for a data partition: the one that is there, or the room for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from steps.common.sizes import GIB, MIB
from steps.disks.facts.disk import RAID_TYPES, Disk, Part
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD
from steps.disks.layout import EMPTY, chosen_disks, data_part, is_ours, members, seen_twice
from steps.disks.overwrite import agreed, word
from steps.disks.wording import describe
from wizard.answers import Answers
from wizard.model.facts import Facts


@dataclass(frozen=True)
class Slot:
    """One chosen disk, and where its data partition is or can be."""

    host: str
    disk: Disk
    part: Part | None
    """The data partition that the disk has."""
    fresh: bool
    """Whether the disk gets a new label."""
    wipe: bool
    """Whether it is emptied first."""
    room: tuple[int, int]
    """Start and size in bytes of the room where a partition can be made."""
    word: str
    """What the operator types to have the disk overwritten."""

    @property
    def free(self) -> int:
        """Bytes of the room."""
        return self.room[1]


def refusal(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    """Why a disk may not be used; "" when it may."""
    if disk.barred:
        return disk.barred
    if disk.unread:
        return f"it could not be read whole, so nobody knows what is on it: {disk.unread}"
    unfit = (
        member_as_a_whole(facts, host, disk)
        or seen_twice(facts, host, disk)
        or reached_by_another(facts, [node.short for node in answers.nodes], host, disk)
        or only_loader(facts, host, disk)
    )
    if unfit:
        return unfit
    typed = agreed(answers, facts, host, disk)
    part = data_part(answers, facts, host, disk)
    if part and not typed:
        claim = _claim(answers, facts, host, part)
        if claim:
            return claim
    if disk.is_blank:
        return ""
    if part or disk.is_system:
        return _unfit_table(disk)
    if disk.all_mounts:
        return f"it is in use: {', '.join(disk.all_mounts)} on it"
    using = users(facts, host, disk)
    if using:
        return f"it is in use: {', '.join(dict.fromkeys(using))} on it"
    if disk.is_empty_table or typed:
        return ""
    return f"it is not empty: {describe(disk)}"


def member_as_a_whole(facts: Facts, host: str, disk: Disk) -> str:
    """Why a disk that is in something as a whole may not be partitioned: a table that it shows is
    that of the array, of the multipath device. "" when it may.
    """
    array = facts.of(host, MD).holding(disk.path)
    users = [holder.path for holder in disk.holders]
    if array and array.path not in users:
        users.insert(0, array.path)
    if users:
        return f"it is in use: as a whole it is part of {', '.join(dict.fromkeys(users))}"
    in_use = any(part.in_use for part in disk.parts)
    if disk.content.endswith("_raid_member") and disk.label and not in_use:
        return f"as a whole it is a member of an array that does not run ({disk.content})"
    return ""


def only_loader(facts: Facts, host: str, disk: Disk) -> str:
    """Why a disk may be what the machine starts from, though nothing of it is mounted: it has an
    EFI partition, and no other disk has a loader. "" when that is not so.
    """
    if disk.is_system:
        return ""
    others = [other for other in facts.of(host, DISKS) if other.path != disk.path]
    if any(other.has_loader for other in others):
        return ""
    for part in disk.parts:
        if part.is_efi:
            return (
                f"the machine may start from its EFI partition {part.path}: no other disk has one"
            )
    return ""


def reached_by_another(facts: Facts, nodes: Iterable[str], host: str, disk: Disk) -> str:
    """Why a disk may be another one's of these nodes as well; "" when it is not: two that write to
    one disk destroy it (openzfs pull request 8457).
    """
    if not disk.wwn or disk.is_system:
        return ""
    for node in nodes:
        for other in facts.of(node, DISKS):
            if node != host and _is_same(disk, other):
                return f"{node} reaches the same disk as {other.path} ({disk.transport})"
    return ""


def _is_same(disk: Disk, other: Disk) -> bool:
    """Whether two nodes show one disk. Some cheap disks all have one WWN, so that of a disk which
    is likely to be in one server its serial has to be the same as well.
    """
    if disk.wwn != other.wwn:
        return False
    return disk.is_networked or (disk.may_be_shared and disk.serial == other.serial)


def _unfit_table(disk: Disk) -> str:
    """Why no partition can be added to a disk in use; "" when one can."""
    if disk.broken_table:
        return "its partition table is damaged"
    if disk.overlong:
        return f"its partition {disk.overlong} ends behind the disk's end"
    if not disk.label:
        return f"it is in use as a whole: {', '.join(disk.all_mounts)} on it, no partition table"
    if disk.label not in RAID_TYPES:
        return f"its partition table is {disk.label}; partitions are added to DOS and GPT alone"
    return ""


def users(facts: Facts, host: str, disk: Disk) -> list[str]:
    """What is built on a disk or on its partitions."""
    own = {disk.path}
    using = []
    for part in disk.parts:
        own.add(part.path)
        using += [holder.path for holder in part.holders]
    using += [holder.path for holder in disk.holders]
    # An array that does not run is empty, and lsblk leaves empty devices out (lsblk(8), --all).
    for array in facts.of(host, MD).arrays:
        if not own.isdisjoint(array.paths):
            using.append(array.path)
    return using


def _claim(answers: Answers, facts: Facts, host: str, part: Part) -> str:
    """What in a data partition is not the mirror's; "" when nothing is."""
    if part.content not in EMPTY:
        return f"its partition {part.path} holds {part.content}"
    md = facts.of(host, MD)
    own = md.superblock(part.path)
    if own is None or is_ours(answers, facts, host, own):
        return ""
    for _, member in members(answers, facts, host):
        other = md.superblock(member.path)
        if other and other.uuid != own.uuid:
            return f"its partition {part.path} belongs to another array than the other disk's"
    return ""


def slot_of(answers: Answers, facts: Facts, host: str, disk: Disk) -> Slot:
    """What one chosen disk offers."""
    part = data_part(answers, facts, host, disk)
    fresh = part is None and not disk.is_system and not disk.is_empty_table
    return Slot(
        host=host,
        disk=disk,
        part=part,
        fresh=fresh,
        wipe=fresh and not disk.is_blank,
        room=_whole(disk) if fresh else disk.largest_gap,
        word=word(answers, facts, host, disk),
    )


def _whole(disk: Disk) -> tuple[int, int]:
    """The room on a disk with a new GPT label: its two copies stay within a MiB at each end."""
    return MIB, disk.size // MIB * MIB - 2 * MIB


def slots(answers: Answers, facts: Facts) -> tuple[Slot, ...]:
    """All chosen disks of all nodes."""
    return tuple(
        slot_of(answers, facts, node.short, disk)
        for node in answers.nodes
        for disk in chosen_disks(answers, facts, node.short)
    )


def target(answers: Answers, planned: Iterable[Slot]) -> int:
    """Bytes of every data partition: as those that exist, as asked for, or all of the smallest
    room.
    """
    planned = list(planned)
    existing = [slot.part.size for slot in planned if slot.part]
    if existing:
        return min(existing)
    return asked(answers) or min((slot.free for slot in planned), default=0)


def asked(answers: Answers) -> int:
    """The size that the operator asked for, in bytes, whole MiB; 0 when none was."""
    return int(answers.partition.size_gib * GIB) // MIB * MIB
