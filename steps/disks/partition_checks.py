"""What forbids partitioning, and what is wrong afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.sizes import gib, gib_up
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD
from steps.disks.layout import VG_MIB, chosen, smallest_partition, volume_mib
from steps.disks.overwrite import named
from steps.disks.slots import Slot, asked, refusal, slots, target, undo
from steps.disks.wording import describe, short
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Wrong or refused disks, no room, a size that Ganeti would not accept, a root mirror on one
    leg.
    """
    found = slots(answers, facts)
    done = all(slot.part for slot in found) and len(found) >= 2 * len(answers.nodes)
    for node in answers.nodes:
        lame = () if done else tuple(_root_findings(facts, node.short))
        yield from lame or _choice_findings(answers, facts, node.short)
    for slot in found:
        why = refusal(answers, facts, slot.host, slot.disk)
        if why:
            yield Finding(slot.host, f"disk {short(slot.disk)} cannot be used: {why}", _mend(slot))
    yield from size_findings(answers, found)


def _choice_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    serials = chosen(answers, facts, host)
    have = ", ".join(short(disk) for disk in facts.of(host, DISKS)) or "none"
    for serial in dict.fromkeys(serials):
        same = [disk for disk in facts.of(host, DISKS) if disk.serial == serial]
        if not same:
            yield Finding(
                host,
                f"no disk has the serial {serial}; this node has {have}",
                "choose another disk",
            )
        if len(same) > 1:
            names = " and ".join(disk.path for disk in same)
            yield Finding(
                host, f"{names} both show the serial {serial}", "choose disks with distinct serials"
            )
            return
    if len(set(serials)) != 2:
        what = (
            "the same disk is chosen twice"
            if len(serials) == 2
            else "two disks are needed for the mirror"
        )
        what = what if serials else "no disk is chosen, and two are needed for the mirror"
        yield Finding(
            host, f"{what}; this node has {have}", f"name two serials in partition.disks.{host}"
        )


def _mend(slot: Slot) -> str:
    disk = slot.disk
    if disk.read_only:
        return "remove the write protection, or choose another disk"
    if disk.unread:
        return (
            "look again (F5); when it stays so: dmesg, smartctl; replace the disk, or "
            "choose another one"
        )
    if disk.broken_table:
        return (
            f"look at it with `sfdisk --verify {disk.path}` and repair it, or choose another disk"
        )
    word = f"tick it and type {named(slot.word, disk)}"
    if slot.part:
        return f"choose another disk, or {word} to have {slot.part.path} overwritten"
    if disk.all_mounts or disk.holders or any(part.holders for part in disk.parts):
        return "stop and unmount what uses it, or choose another disk"
    return f"choose another disk, or {word} to have all on it overwritten"


def _root_findings(facts: Facts, host: str) -> Iterator[Finding]:
    parts = [part for disk in facts.of(host, DISKS) if disk.is_system for part in disk.parts]
    root = {h.path for part in parts for h in part.holders if "/" in h.mounts}
    for array in facts.of(host, MD).arrays:
        if array.path in root and array.degraded and array.action not in ("recover", "resync"):
            what = f"the root mirror {array.path} runs on {', '.join(array.paths)} alone"
            mend = (
                f"add its second member first: mdadm {array.path} --add PARTITION, then "
                "wait for /proc/mdstat"
            )
            yield Finding(host, what, mend)


def size_findings(answers: Answers, found: tuple[Slot, ...]) -> Iterator[Finding]:
    """Partitions that differ, room that does not suffice, a size that makes too small a volume
    group.
    """
    size, want, least = target(answers, found), asked(answers), smallest_partition()
    need = size if any(slot.part for slot in found) else max(want, least)
    cramped = [slot for slot in found if not slot.part and slot.room[1] < need]
    for slot in found:
        if slot.part and (slot.part.size != size or (want and slot.part.size != want)):
            what = (
                f"{slot.part.path} has {gib(slot.part.size)}, planned are "
                f"{gib(want or size)} on every disk"
            )
            mend = f"change partition.size_gib, or delete it: `{undo(slot.disk, slot.part.number)}`"
            yield Finding(slot.host, what, mend)
        elif slot in cramped:
            what = f"{short(slot.disk)} has {gib(slot.room[1])} free, {gib_up(need)} are needed"
            why = (
                f" for a volume group of {VG_MIB} MiB (20 GiB), the least that Ganeti takes"
                if need == least
                else ""
            )
            yield Finding(
                slot.host,
                f"{what}{why}; {describe(slot.disk)}",
                "choose a smaller size or another disk",
            )
    if found and not cramped and volume_mib(size) < VG_MIB:
        what = (
            f"partitions of {gib(size)} make a volume group of {max(0, volume_mib(size))} MiB; "
            f"Ganeti refuses less than {VG_MIB} MiB (20 GiB)"
        )
        yield Finding(
            answers.master.short, what, f"give each data partition at least {gib_up(least)}"
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Two data partitions on every node, known to the kernel, all of one size that suffices for
    Ganeti.
    """
    found = slots(answers, facts)
    for node in answers.nodes:
        have = [slot for slot in found if slot.host == node.short and slot.part]
        if len(have) < 2:
            yield Finding(
                node.short, f"{len(have)} of 2 data partitions exist", "run the step partition"
            )
        for slot in have:
            if slot.part and not slot.part.seen:
                what = f"the kernel does not know {slot.part.path} yet"
                yield Finding(node.short, what, f"partx --update {slot.disk.path}")
    if all(slot.part for slot in found):
        yield from size_findings(answers, found)
