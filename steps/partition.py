"""Row 1 of the article: a second partition on each of two disks, of the same size on every node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from steps.facts.disks import DISKS, GIB, MIB, RAID_TYPES, Disk, Part
from steps.facts.md import MD
from steps.layout import (
    FACTS,
    VG_MIB,
    chosen,
    chosen_disks,
    data_part,
    find,
    gib,
    smallest_partition,
    suggested,
    volume_mib,
)
from steps.wording import describe, short
from wizard.answers import Answers, Partition
from wizard.facts import Facts
from wizard.step import Choice, Command, Danger, Finding, Kind, Step


@dataclass(frozen=True)
class Slot:
    """One chosen disk: the data partition it has, or the room (start, size in bytes) where one can be made."""

    host: str
    disk: Disk
    part: Part | None
    fresh: bool
    wipe: bool
    room: tuple[int, int]


def refusal(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    """Why a disk may not be used; "" when it may."""
    typed = disk.serial in answers.partition.erase
    arrays = [array for array in facts.of(host, MD).arrays if _on(disk, array.paths)]
    if disk.read_only:
        return "it is read-only"
    if data_part(answers, facts, host, disk) or disk.is_blank or disk.is_system:
        return "its partition table is damaged" if disk.broken_table else ""
    if disk.all_mounts:
        return f"it is in use: {', '.join(disk.all_mounts)} on it"
    used = [holder.path for part in disk.parts for holder in part.holders] + [h.path for h in disk.holders]
    if used or arrays:
        return f"it is in use: {', '.join(dict.fromkeys([*used, *(a.path for a in arrays)]))} on it"
    if disk.label and not disk.parts and not disk.content and not disk.broken_table:
        return ""
    return "" if typed else f"it is not empty: {describe(disk)}"


def _on(disk: Disk, paths: Iterable[str]) -> bool:
    own = {disk.path, *(part.path for part in disk.parts)}
    return any(path in own for path in paths)


def _slot(answers: Answers, facts: Facts, host: str, disk: Disk) -> Slot:
    part = data_part(answers, facts, host, disk)
    empty_table = bool(disk.label) and not disk.parts and not disk.content and not disk.broken_table
    keep = disk.is_system or empty_table
    wipe = part is None and not keep and not disk.is_blank
    fresh = part is None and not keep
    room = (MIB, disk.size // MIB * MIB - 2 * MIB) if fresh else disk.largest_gap
    return Slot(host, disk, part, fresh, wipe, room)


def slots(answers: Answers, facts: Facts) -> tuple[Slot, ...]:
    """All chosen disks of all nodes."""
    hosts = [node.short for node in answers.nodes]
    return tuple(_slot(answers, facts, host, d) for host in hosts for d in chosen_disks(answers, facts, host))


def target(answers: Answers, found: Iterable[Slot]) -> int:
    """Bytes of every data partition: as those that exist, as asked for, or all of the smallest room."""
    found = list(found)
    existing = [slot.part.size for slot in found if slot.part]
    if existing:
        return min(existing)
    asked = int(answers.partition.size_gib * GIB) // MIB * MIB
    return asked or min((slot.room[1] for slot in found), default=0)


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Wrong or refused disks, no room, a size that Ganeti would not accept, a root mirror on one leg."""
    found = slots(answers, facts)
    for node in answers.nodes:
        yield from _choice_findings(answers, facts, node.short)
    for slot in found:
        why = refusal(answers, facts, slot.host, slot.disk)
        if why:
            yield Finding(slot.host, f"disk {short(slot.disk)} cannot be used: {why}", _mend(slot.disk))
    if all(slot.part for slot in found):
        yield from _size_findings(answers, found)
        return
    yield from _root_findings(answers, facts)
    yield from _size_findings(answers, found)


def _choice_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    serials = chosen(answers, facts, host)
    have = ", ".join(short(disk) for disk in facts.of(host, DISKS)) or "none"
    if len(set(serials)) != 2:
        what = "the same disk is chosen twice" if len(serials) == 2 else "two disks are needed for the mirror"
        yield Finding(host, f"{what}; this node has {have}", f"name two serials in partition.disks.{host}")
    for serial in dict.fromkeys(serials):
        same = [disk for disk in facts.of(host, DISKS) if disk.serial == serial]
        if not same:
            yield Finding(host, f"no disk has the serial {serial}; this node has {have}", "choose another disk")
        if len(same) > 1:
            names = " and ".join(disk.path for disk in same)
            yield Finding(host, f"{names} both show the serial {serial}", "choose disks with distinct serials")


def _mend(disk: Disk) -> str:
    if disk.read_only:
        return "remove the write protection, or choose another disk"
    if disk.broken_table:
        return f"look at it with `sfdisk --verify {disk.path}` and repair it, or choose another disk"
    if disk.all_mounts or disk.holders or any(part.holders for part in disk.parts):
        return "stop and unmount what uses it, or choose another disk"
    return f"choose another disk, or type its serial {disk.serial} to have all on it overwritten"


def _root_findings(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for node in answers.nodes:
        for disk in chosen_disks(answers, facts, node.short):
            for part in disk.parts:
                array = facts.of(node.short, MD).holding(part.path)
                mounts = [m for holder in part.holders for m in holder.mounts]
                if array and array.degraded and "/" in mounts and array.action not in ("recover", "resync"):
                    what = f"the root mirror {array.path} runs on {', '.join(array.paths)} alone"
                    mend = f"add its second member first: mdadm {array.path} --add PARTITION, then wait"
                    yield Finding(node.short, what, mend)
                    return


def _size_findings(answers: Answers, found: tuple[Slot, ...]) -> Iterator[Finding]:
    size, asked = target(answers, found), int(answers.partition.size_gib * GIB) // MIB * MIB
    for slot in found:
        if slot.part and (slot.part.size != size or (asked and slot.part.size != asked)):
            what = f"{slot.part.path} has {gib(slot.part.size)}, planned are {gib(asked or size)} on every disk"
            mend = f"change partition.size_gib, or `sfdisk --no-reread --delete {slot.disk.path} {slot.part.number}`"
            yield Finding(slot.host, what, mend)
        elif not slot.part and slot.room[1] < max(size, MIB):
            what = f"{short(slot.disk)} has {gib(slot.room[1])} free, {gib(size)} are needed; {describe(slot.disk)}"
            yield Finding(slot.host, what, "choose a smaller size or another disk")
    if found and volume_mib(size) < VG_MIB:
        tightest = min(found, key=lambda slot: slot.part.size if slot.part else slot.room[1])
        what = (
            f"partitions of {gib(size)} make a volume group of {max(0, volume_mib(size))} MiB; Ganeti refuses less "
            f"than {VG_MIB} MiB (20 GiB); the least room is on {short(tightest.disk)}: "
            f"{gib(tightest.part.size if tightest.part else tightest.room[1])}"
        )
        least = -(-smallest_partition() * 100 // GIB) / 100
        yield Finding(tightest.host, what, f"give each data partition at least {least:g} GiB")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Make the missing partitions; tell the kernel about those that it does not know yet."""
    found = slots(answers, facts)
    size = target(answers, found)
    for host in dict.fromkeys(slot.host for slot in found):
        todo = [slot for slot in found if slot.host == host and not (slot.part and slot.part.seen)]
        for slot in todo:
            if slot.wipe:
                yield _wipe(slot)
            if not slot.part:
                yield from _make(slot, size)
            yield _tell(slot)
        if todo:
            yield Command(
                host,
                ("udevadm", "settle", "--timeout=60"),
                "wait until the new partitions' device files are there",
                danger=Danger.READ,
            )


def _wipe(slot: Slot) -> Command:
    disk = slot.disk
    paths = [part.path for part in sorted(disk.parts, key=lambda part: -part.number) if part.seen]
    return Command(
        slot.host,
        ("wipefs", "--all", "--force", *paths, disk.path),
        f"empty the disk {disk.serial}, whose serial was typed",
        danger=Danger.DESTROY,
        risk=f"everything on it is lost: {describe(disk)}",
        undo="none: restore from a backup",
        kind=Kind.UNIT,
        confirm=disk.serial,
    )


def _make(slot: Slot, size: int) -> Iterator[Command]:
    disk = slot.disk
    if disk.moved_end and not slot.fresh:
        yield Command(
            slot.host,
            ("sfdisk", "--no-reread", "--no-tell-kernel", "--relocate", "gpt-bak-std", disk.path),
            "the disk grew after its GPT label was written: move the label's second copy to the disk's end",
            risk="rewrites the partition table's headers; no partition is changed",
            undo="none needed",
            kind=Kind.UNIT,
        )
    label = "gpt" if slot.fresh else disk.label
    number = 1 if slot.fresh else disk.next_number
    entry = f"start={slot.room[0] // disk.sector}, size={size // disk.sector}, type={RAID_TYPES[label]}"
    lines = ("label: gpt", entry) if slot.fresh else (entry,)
    option = "--wipe=never" if slot.fresh else "--append"
    script = f'disk=$1; shift; printf "%s\\n" "$@" | sfdisk --no-reread --no-tell-kernel {option} "$disk"'
    path = disk.part_path(number)
    kept = "the disk is empty" if slot.fresh else "goes into free room; existing partitions stay as they are"
    yield Command(
        slot.host,
        ("sh", "-c", script, "sfdisk", disk.path, *lines),
        f"make {path}, {gib(size)} on disk {disk.serial}: the same size on every disk of every node",
        risk=f"writes the partition table of {_role(disk)}; {kept}",
        undo=f"sfdisk --no-reread --delete {disk.path} {number} && partx -u {disk.path}",
        kind=Kind.UNIT,
        title=f"sfdisk {option} {disk.path}: {'; '.join(lines)}",
    )


def _role(disk: Disk) -> str:
    return "the disk that the running system is on" if disk.is_system else f"disk {disk.serial}"


def _tell(slot: Slot) -> Command:
    return Command(
        slot.host,
        ("partx", "--update", slot.disk.path),
        "tell the kernel about the new partition; the disk is in use, so its table cannot be read again as a whole",
        risk="partitions in use are left alone",
        undo="none needed",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Two data partitions on every node, known to the kernel, all of one size that suffices for Ganeti."""
    found = slots(answers, facts)
    for node in answers.nodes:
        have = [slot for slot in found if slot.host == node.short and slot.part]
        if len(have) < 2:
            yield Finding(node.short, f"{len(have)} of 2 data partitions exist", "run the step partition")
        for slot in have:
            if slot.part and not slot.part.seen:
                what = f"the kernel does not know {slot.part.path} yet"
                yield Finding(node.short, what, f"partx --update {slot.disk.path}")
    if all(slot.part for slot in found):
        yield from _size_findings(answers, found)


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """The two disks of each node: the mirror's own, the root mirror's, or two equal blank ones."""
    found = {node.short: list(suggested(answers, facts, node.short)) for node in answers.nodes}
    return {"disks": {host: serials for host, serials in found.items() if serials}}


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every disk of every node, with what is on it and why it is refused."""
    return {
        "disks": {
            node.short: tuple(
                Choice(disk.serial, f"{short(disk)}: {describe(disk)}", _refused(answers, facts, node.short, disk))
                for disk in facts.of(node.short, DISKS)
            )
            for node in answers.nodes
        }
    }


def _refused(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    why = refusal(answers, facts, host, disk)
    if why or find(facts, host, disk.serial) is not disk:
        return why or "another disk has the same serial"
    slot = _slot(answers, facts, host, disk)
    if not slot.part and slot.room[1] < smallest_partition():
        return f"{gib(slot.room[1])} free, {gib(smallest_partition())} are needed"
    return ""


STEP = Step(
    id="partition",
    title="Partition the disks",
    reason=(
        "Two identical disks in each server carry the system on one small mirror. The rest of each disk becomes "
        "a second partition for the instances' disks, of the same size on all servers, so that every instance fits on "
        "either."
    ),
    then="fdisk: hda2 and hdb2, about 5 GB each, type fd",
    now="sfdisk --append on both disks, type Linux RAID, at least 20 GiB (Ganeti's minimum today); partx --update",
    section=Partition,
    facts=FACTS,
    blockers=blockers,
    plan=plan,
    verify=verify,
    suggest=suggest,
    choices=choices,
    minutes=1.0,
)
