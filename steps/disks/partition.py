"""Row 1 of the article: a second partition on each of two disks, of the same size on every node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from steps.common.sizes import gib, gib_up
from steps.disks.facts.disk import RAID_TYPES, Disk
from steps.disks.facts.disks import DISKS
from steps.disks.layout import FACTS, find, smallest_partition, suggested
from steps.disks.overwrite import named, word
from steps.disks.partition_checks import blockers, verify
from steps.disks.slots import Slot, refusal, slot_of, slots, target, undo
from steps.disks.wording import describe, short
from wizard.answers import Answers, Partition
from wizard.model.facts import Facts
from wizard.model.step import Choice, Command, Danger, Kind, Step


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
            if not slot.fresh:
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
        f"empty the disk {disk.path}: {named(slot.word, disk)} was typed",
        danger=Danger.DESTROY,
        risk=f"everything on it is lost: {describe(disk)}",
        undo="none: restore from a backup",
        kind=Kind.UNIT,
        confirm=slot.word,
    )


def _make(slot: Slot, size: int) -> Iterator[Command]:
    disk = slot.disk
    if disk.moved_end and not slot.fresh:
        yield Command(
            slot.host,
            ("sfdisk", "--no-reread", "--no-tell-kernel", "--relocate", "gpt-bak-std", disk.path),
            "the disk grew after its GPT label was written: move the label's second copy "
            "to the disk's end",
            risk="rewrites the partition table's headers; no partition is changed",
            undo="none needed",
            kind=Kind.UNIT,
        )
    label = "gpt" if slot.fresh else disk.label
    number = 1 if slot.fresh else disk.next_number
    entry = (
        f"start={slot.room[0] // disk.sector}, size={size // disk.sector}, type={RAID_TYPES[label]}"
    )
    lines = ("label: gpt", entry) if slot.fresh else (entry,)
    option = "--wipe=never" if slot.fresh else "--append"
    options = option if slot.fresh else f"--no-reread --no-tell-kernel {option}"
    script = f'disk=$1; shift; printf "%s\\n" "$@" | sfdisk {options} "$disk"'
    path = disk.part_path(number)
    kept = (
        "the disk is empty"
        if slot.fresh
        else "goes into free room; existing partitions stay as they are"
    )
    yield Command(
        slot.host,
        ("sh", "-c", script, "sfdisk", disk.path, *lines),
        f"make {path}, {gib(size)} on disk {disk.serial}: the same size on every disk of "
        "every node",
        risk=f"writes the partition table of {_role(disk)}; {kept}",
        undo=undo(disk, number),
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
    found = {node.short: list(suggested(answers, facts, node.short)) for node in answers.nodes}
    return {"disks": {host: serials for host, serials in found.items() if serials}}


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every disk of every node, with what is on it and why it is refused."""
    return {
        "disks": {
            node.short: tuple(
                _choice(answers, facts, node.short, disk) for disk in facts.of(node.short, DISKS)
            )
            for node in answers.nodes
        }
    }


def _choice(answers: Answers, facts: Facts, host: str, disk: Disk) -> Choice:
    label, refused = f"{short(disk)}: {describe(disk)}", _refused(answers, facts, host, disk)
    return Choice(disk.serial, label, refused, word(answers, facts, host, disk))


def _refused(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    why = refusal(answers, facts, host, disk)
    if why or find(facts, host, disk.serial) is not disk:
        return why or "another disk has the same serial"
    slot = slot_of(answers, facts, host, disk)
    if not slot.part and slot.room[1] < smallest_partition():
        return f"{gib(slot.room[1])} free, {gib_up(smallest_partition())} are needed"
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
