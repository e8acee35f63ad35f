"""Row 1 of the article: a second partition on each of two disks, of the same size on every node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from steps.common.sizes import gib, gib_up
from steps.disks.facts.contents import TABLES
from steps.disks.facts.disk import RAID_TYPES, Disk
from steps.disks.facts.disks import DISKS
from steps.disks.layout import FACTS, find, smallest_partition, suggested
from steps.disks.overwrite import named, word
from steps.disks.partition_back import undo
from steps.disks.partition_checks import blockers, verify
from steps.disks.slots import Slot, refusal, slot_of, slots, target
from steps.disks.wording import describe, identified
from wizard.answers import Answers, Partition
from wizard.model.facts import Facts
from wizard.model.step import Choice, Command, Danger, Kind, Step


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Make the missing partitions; tell the kernel about those that it does not know yet."""
    planned = slots(answers, facts)
    size = target(answers, planned)
    for host in dict.fromkeys(slot.host for slot in planned):
        unfinished = [slot for slot in planned if slot.host == host and not _done(slot)]
        for slot in unfinished:
            if slot.wipe:
                yield from wipe(slot)
            if not slot.part:
                yield from _make(slot, size)
            if not slot.fresh:
                yield _tell(slot)
        if unfinished:
            yield Command(
                host,
                ("udevadm", "settle", "--timeout=60"),
                "wait until the new partitions' device files are there",
                danger=Danger.READ,
                undo="none needed",
            )


def _done(slot: Slot) -> bool:
    return slot.part is not None and slot.part.seen


def wipe(slot: Slot) -> Iterator[Command]:
    """Empty the partitions, then the disk.

    Without --force, wipefs fails on what the kernel holds: a file system over several devices or a
    ZFS pool may use a partition without lsblk showing it. A partition table goes with --force only
    (wipefs(8)), by which time nothing can be left in use.
    """
    disk = slot.disk
    # From the last to the first: a logical partition goes before the extended one around it.
    parts = sorted(disk.parts, key=lambda part: part.number, reverse=True)
    paths = tuple(part.path for part in parts if part.seen)
    if paths:
        yield _wipefs(slot, paths)
    has_table = disk.label or disk.content in TABLES
    yield _wipefs(slot, ("--force", disk.path) if has_table else (disk.path,))


def _wipefs(slot: Slot, words: tuple[str, ...]) -> Command:
    disk = slot.disk
    return Command(
        slot.host,
        ("wipefs", "--all", *words),
        f"empty the disk {disk.path}: {named(slot.word, disk)} was typed",
        danger=Danger.DESTROY,
        risk=f"everything on it is lost: {describe(disk)}",
        undo="none: restore from a backup",
        kind=Kind.UNIT,
        confirm=slot.word,
    )


def _make(slot: Slot, size: int) -> Iterator[Command]:
    if slot.fresh:
        yield _make_label(slot, size)
        return
    if slot.disk.moved_end:
        yield _move_backup_label(slot)
    yield _append(slot, size)


def _move_backup_label(slot: Slot) -> Command:
    device = slot.disk.path
    return Command(
        slot.host,
        ("sfdisk", "--no-reread", "--no-tell-kernel", "--relocate", "gpt-bak-std", device),
        "the disk grew after its GPT label was written: move the label's second copy to the "
        "disk's end",
        risk="rewrites the partition table's headers; no partition is changed",
        undo="none needed",
        kind=Kind.UNIT,
    )


def _make_label(slot: Slot, size: int) -> Command:
    lines = ("label: gpt", _entry(slot, size, "gpt"))
    return _sfdisk(slot, size, 1, "--wipe=never", lines, kept="the disk is empty")


def _append(slot: Slot, size: int) -> Command:
    # Without --no-reread sfdisk refuses a disk that is in use, as the root mirror's are.
    return _sfdisk(
        slot,
        size,
        slot.disk.next_number,
        "--append",
        (_entry(slot, size, slot.disk.label),),
        silent="--no-reread --no-tell-kernel ",
        kept="goes into free room; existing partitions stay as they are",
    )


def _entry(slot: Slot, size: int, label: str) -> str:
    """The partition as sfdisk reads it: start and size in the disk's sectors."""
    sector = slot.disk.sector
    return f"start={_start(slot)}, size={size // sector}, type={RAID_TYPES[label]}"


def _start(slot: Slot) -> int:
    start, _ = slot.room
    return start // slot.disk.sector


def _sfdisk(
    slot: Slot,
    size: int,
    number: int,
    option: str,
    lines: tuple[str, ...],
    *,
    kept: str,
    silent: str = "",
) -> Command:
    disk = slot.disk
    script = f'disk=$1; shift; printf "%s\\n" "$@" | sfdisk {silent}{option} "$disk"'
    return Command(
        slot.host,
        ("sh", "-c", script, "sfdisk", disk.path, *lines),
        f"make {disk.part_path(number)}, {gib(size)} on disk {disk.serial}: the same size on "
        "every disk of every node",
        risk=f"writes the partition table of {_role(disk)}; {kept}",
        undo=undo(disk, number, _start(slot), size // disk.sector, fresh=slot.fresh),
        kind=Kind.UNIT,
        title=f"sfdisk {option} {disk.path}: {'; '.join(lines)}",
    )


def _role(disk: Disk) -> str:
    return "the disk that the running system is on" if disk.is_system else f"disk {disk.serial}"


def _tell(slot: Slot) -> Command:
    return Command(
        slot.host,
        ("partx", "--update", slot.disk.path),
        "tell the kernel about the new partition; the disk is in use, so its table cannot "
        "be read again as a whole",
        risk="partitions in use are left alone",
        undo="none needed",
    )


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """The two disks of each node: the mirror's own, the root mirror's, or two equal blank ones."""
    disks = {}
    for node in answers.nodes:
        serials = suggested(answers, facts, node.short)
        if serials:
            disks[node.short] = list(serials)
    return {"disks": disks}


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every disk of every node, with what is on it and why it is refused."""
    offered = {}
    for node in answers.nodes:
        disks = facts.of(node.short, DISKS)
        offered[node.short] = tuple(_choice(answers, facts, node.short, disk) for disk in disks)
    return {"disks": offered}


def _choice(answers: Answers, facts: Facts, host: str, disk: Disk) -> Choice:
    return Choice(
        value=_name(answers, facts, host, disk),
        label=f"{identified(disk)}: {describe(disk)}",
        refused=_refused(answers, facts, host, disk),
        word=word(answers, facts, host, disk),
    )


def _name(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    """The disk's name in the answers: the one that it was given there, else its id."""
    for name in answers.partition.disks.get(host, []):
        if find(facts, host, name) == disk:
            return name
    return disk.id


def _refused(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    why = refusal(answers, facts, host, disk)
    if why:
        return why
    slot = slot_of(answers, facts, host, disk)
    if not slot.part and slot.free < smallest_partition():
        return f"{gib(slot.free)} free, {gib_up(smallest_partition())} are needed"
    return ""


STEP = Step(
    id="partition",
    title="Partition the disks",
    reason=(
        "Two identical disks in each server carry the system on one small mirror. The rest of "
        "each disk becomes a second partition for the instances' disks, of the same size on all "
        "servers, so that every instance fits on either."
    ),
    then="fdisk: hda2 and hdb2, about 5 GB each, type fd",
    now=(
        "sfdisk --append on both disks, type Linux RAID, at least 20 GiB (Ganeti's minimum "
        "today); partx --update"
    ),
    section=Partition,
    facts=FACTS,
    blockers=blockers,
    plan=plan,
    verify=verify,
    suggest=suggest,
    choices=choices,
    minutes=1.0,
)
