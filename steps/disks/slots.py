"""The chosen disks as places for a data partition: the one that is there, or the room for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from steps.common.sizes import GIB, MIB
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.md import MD
from steps.disks.layout import EMPTY, chosen_disks, data_part, is_ours, members
from steps.disks.overwrite import agreed, word
from steps.disks.wording import describe
from wizard.answers import Answers
from wizard.model.facts import Facts


@dataclass(frozen=True)
class Slot:
    """One chosen disk: the data partition it has, or the room (start, size in bytes) where one can
    be made.

    `word` is what the operator types to have the disk overwritten.
    """

    host: str
    disk: Disk
    part: Part | None
    fresh: bool
    wipe: bool
    room: tuple[int, int]
    word: str


def refusal(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    """Why a disk may not be used; "" when it may."""
    typed = agreed(answers, facts, host, disk)
    arrays = [array for array in facts.of(host, MD).arrays if _on(disk, array.paths)]
    if disk.read_only:
        return "it is read-only"
    if disk.unread:
        return f"it could not be read whole, so nobody knows what is on it: {disk.unread}"
    part = data_part(answers, facts, host, disk)
    if part and not typed and (claim := _claim(answers, facts, host, part)):
        return claim
    if part or disk.is_blank or disk.is_system:
        return "its partition table is damaged" if disk.broken_table else ""
    if disk.all_mounts:
        return f"it is in use: {', '.join(disk.all_mounts)} on it"
    used = [holder.path for part in disk.parts for holder in part.holders] + [
        h.path for h in disk.holders
    ]
    if used or arrays:
        return f"it is in use: {', '.join(dict.fromkeys([*used, *(a.path for a in arrays)]))} on it"
    if disk.label and not disk.parts and not disk.content and not disk.broken_table:
        return ""
    return "" if typed else f"it is not empty: {describe(disk)}"


def _claim(answers: Answers, facts: Facts, host: str, part: Part) -> str:
    """What in a data partition is not the mirror's; "" when nothing is."""
    if part.content not in EMPTY:
        return f"its partition {part.path} holds {part.content}"
    md = facts.of(host, MD)
    own = md.superblock(part.path)
    others = [md.superblock(other.path) for _, other in members(answers, facts, host)]
    if (
        own
        and not is_ours(answers, facts, host, own)
        and any(one and one.uuid != own.uuid for one in others)
    ):
        return f"its partition {part.path} belongs to another array than the other disk's"
    return ""


def _on(disk: Disk, paths: Iterable[str]) -> bool:
    own = {disk.path, *(part.path for part in disk.parts)}
    return any(path in own for path in paths)


def slot_of(answers: Answers, facts: Facts, host: str, disk: Disk) -> Slot:
    """What one chosen disk offers; `fresh` when it gets a new label, `wipe` when it is emptied
    first.
    """
    part = data_part(answers, facts, host, disk)
    empty_table = bool(disk.label) and not disk.parts and not disk.content and not disk.broken_table
    keep = disk.is_system or empty_table
    wipe = part is None and not keep and not disk.is_blank
    fresh = part is None and not keep
    room = (MIB, disk.size // MIB * MIB - 2 * MIB) if fresh else disk.largest_gap
    return Slot(host, disk, part, fresh, wipe, room, word(answers, facts, host, disk))


def slots(answers: Answers, facts: Facts) -> tuple[Slot, ...]:
    """All chosen disks of all nodes."""
    hosts = [node.short for node in answers.nodes]
    return tuple(
        slot_of(answers, facts, host, d)
        for host in hosts
        for d in chosen_disks(answers, facts, host)
    )


def target(answers: Answers, found: Iterable[Slot]) -> int:
    """Bytes of every data partition: as those that exist, as asked for, or all of the smallest
    room.
    """
    found = list(found)
    existing = [slot.part.size for slot in found if slot.part]
    if existing:
        return min(existing)
    return asked(answers) or min((slot.room[1] for slot in found), default=0)


def asked(answers: Answers) -> int:
    """The size that the operator asked for, in bytes, whole MiB; 0 when none was."""
    return int(answers.partition.size_gib * GIB) // MIB * MIB


def undo(disk: Disk, number: int) -> str:
    """How to take a data partition away again: `partx --update` does not forget partitions (seen
    with 2.38).
    """
    return (
        f"sfdisk --no-reread --no-tell-kernel --delete {disk.path} {number} && partx "
        f"--delete --nr {number} {disk.path}"
    )
