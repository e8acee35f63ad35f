"""What forbids partitioning, and what is wrong afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from steps.common.sizes import gib, gib_up
from steps.disks.facts.disk import Disk, Part, is_of_system, mounts_on
from steps.disks.facts.disks import DISKS, NO_SFDISK
from steps.disks.facts.md import MD
from steps.disks.halves import older_halves
from steps.disks.layout import VG_MIB, chosen, find, on_one_drive, smallest_partition, volume_mib
from steps.disks.overwrite import named
from steps.disks.partition_back import by_hand
from steps.disks.slots import Slot, asked, refusal, slots, target
from steps.disks.wording import describe, identified
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Finding


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Wrong or refused disks, no room, a size that Ganeti would not accept, a root mirror on one
    leg.
    """
    planned = slots(answers, facts)
    complete = len(planned) >= 2 * len(answers.nodes) and all(slot.part for slot in planned)
    for node in answers.nodes:
        # On one leg the root mirror shows one disk only: what is chosen says nothing then.
        one_legged = [] if complete else list(_root_findings(facts, node.short))
        yield from one_legged or _choice_findings(answers, facts, node.short)
    for slot in planned:
        why = refusal(answers, facts, slot.host, slot.disk)
        if why:
            yield Finding(
                slot.host,
                what=f"disk {identified(slot.disk)} cannot be used: {why}",
                mend=_mend(slot, why),
            )
    if not complete:
        yield from _drive_findings(planned)
        yield from _sector_findings(planned)
    yield from size_findings(answers, planned)


def _drive_findings(planned: Sequence[Slot]) -> Iterator[Finding]:
    """Both halves of a mirror on one drive."""
    for one, other in combinations(planned, 2):
        if one.host == other.host and on_one_drive(one.disk, other.disk):
            yield Finding(
                one.host,
                what=f"{one.disk.path} and {other.disk.path} are two parts of one drive "
                "(namespaces of NVMe, or two actuators): a mirror over both would be lost with it",
                mend="choose a disk of another drive (lsblk -S, nvme list-subsys tell them apart)",
            )


def _sector_findings(planned: Sequence[Slot]) -> Iterator[Finding]:
    """Mirrors of other sectors than those of the other nodes: an instance that was laid out on the
    smaller ones could not be read on the larger.

    A mirror has the larger sectors of its two disks (mdadm #187). LVM refuses to mix the two
    (lvm.conf(5), allow_mixed_block_sizes), DRBD expects I/O errors (drbd_receiver.c, "hope for the
    best").
    """
    mirrors: dict[str, int] = {}
    for slot in planned:
        mirrors[slot.host] = max(slot.disk.sector, mirrors.get(slot.host, 0))
    least = min(mirrors.values(), default=0)
    for slot in planned:
        disk = slot.disk
        if mirrors[slot.host] != least and disk.sector != least:
            yield Finding(
                slot.host,
                what=f"disk {identified(disk)} has sectors of {disk.sector} bytes, and another "
                f"node's mirror would have {least}: DRBD between them would meet errors",
                mend="choose disks of one sector size (lsblk -o NAME,LOG-SEC); some can be given "
                "another one, which loses all that is on them: `nvme format --lbaf`, "
                "`hdparm --set-sector-size`",
            )


def _choice_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    names = chosen(answers, facts, host)
    disks = facts.of(host, DISKS)
    listed = ", ".join(identified(disk) for disk in disks) or "none"
    taken = set()
    for name in dict.fromkeys(names):
        disk = find(facts, host, name)
        if disk:
            taken.add(disk.id)
            continue
        taken.add(name)
        yield _not_one(host, name, [other for other in disks if other.serial == name], listed)
    if len(taken) != 2:
        yield Finding(
            host,
            what=f"{_not_two(names)}; this node has {listed}",
            mend=_two(host, disks),
        )


def _two(host: str, disks: Sequence[Disk]) -> str:
    """How a node comes to two disks to choose from: one alone has none to name."""
    inside = [disk for disk in disks if not disk.removable and not disk.is_networked]
    if len(inside) > 1:
        return f"name two serials in partition.disks.{host}"
    return (
        "build a second disk in; where this one is the volume of a RAID controller, which this "
        "build does not stand on, since nothing here would see one of its disks fail: set the "
        "controller to show each disk by itself (HBA, JBOD, or a volume for each disk), and "
        "install the system anew on a mirror of both"
    )


def _not_one(host: str, name: str, same: Sequence[Disk], listed: str) -> Finding:
    """Why a name in the answers means no disk."""
    if not same:
        return Finding(
            host,
            what=f"no disk has the serial {name}; this node has {listed}",
            mend="choose another disk",
        )
    return Finding(
        host,
        what=f"{' and '.join(disk.path for disk in same)} both show the serial {name}",
        mend=f"name them in partition.disks.{host} as {' or '.join(disk.id for disk in same)}",
    )


def _not_two(names: Sequence[str]) -> str:
    if not names:
        return "no disk is chosen, and two are needed for the mirror"
    if len(names) == 2:
        return "the same disk is chosen twice"
    return "two disks are needed for the mirror"


def _mend(slot: Slot, why: str) -> str:
    disk = slot.disk
    if disk.read_only:
        return "remove the write protection, or choose another disk"
    if disk.zoned:
        return "choose another disk: lsblk -o NAME,ZONED,MODEL tells them apart"
    if NO_SFDISK in disk.unread:
        return "apt-get install fdisk, then look again (F5)"
    if "partition table does not show it" in disk.unread:
        return (
            f"lsblk {disk.path} and sfdisk --dump {disk.path} differ: bring the table back, or, "
            f"when it is right as it is, make the kernel read it: partx --update {disk.path}"
        )
    if disk.unread:
        return (
            "look again (F5); when it stays so: dmesg, smartctl; replace the disk, or "
            "choose another one"
        )
    if disk.broken_table:
        return (
            f"look at it with `sfdisk --verify {disk.path}` and repair it, or choose another disk"
        )
    if disk.overlong and disk.overlong in why:
        return (
            f"hdparm -N {disk.path} shows whether a part of the disk is hidden (HPA): "
            "let it show, which needs a power cycle; else the table is that of a larger disk"
        )
    if "reaches the same disk" in why:
        return "give each node disks of its own: Ganeti itself copies between nodes"
    if "two ways" in why:
        return "set up multipath (multipathd), take one of the ways out, or choose another disk"
    if "EFI partition" in why:
        return (
            "choose another disk; when it is an old system's: `efibootmgr -v` names the partition "
            "that the machine starts from, and `wipefs` empties the other one"
        )
    needed = [mount for mount in disk.all_mounts if is_of_system(mount)]
    if needed and not slot.part:
        return f"choose another disk: the system needs this one ({', '.join(needed)})"
    if any(holder.kind == "mpath" for holder in disk.holders):
        return (
            "choose another disk; one that has no second way is kept from multipathd by "
            "find_multipaths or its blacklist (multipath.conf(5)), then: multipath -f NAME"
        )
    if disk.is_member and disk.label:
        return (
            "choose another disk; when it belongs to nothing any more, empty it yourself: "
            f"wipefs {disk.path} shows what is on it"
        )
    consent = f"tick it and type {named(slot.word, disk)}"
    if slot.part:
        return f"choose another disk, or {consent} to have {slot.part.path} overwritten"
    if disk.all_mounts or disk.holders or any(part.holders for part in disk.parts):
        return "stop and unmount what uses it, or choose another disk"
    return f"choose another disk, or {consent} to have all on it overwritten"


def _root_findings(facts: Facts, host: str) -> Iterator[Finding]:
    root = _root_devices(facts, host)
    md = facts.of(host, MD)
    for array in md.arrays:
        one_legged = array.degraded and array.action not in ("recover", "resync")
        if not one_legged or array.path not in root:
            continue
        older = list(older_halves(md, array))
        if older:
            yield older[0].finding(host)
        else:
            halves = [member.path for member in array.members if "in_sync" in member.state]
            yield Finding(
                host,
                what=f"the root mirror {array.path} runs on {', '.join(halves)} alone",
                mend=f"add its second member first: mdadm {array.path} --add PARTITION, then wait "
                "for /proc/mdstat",
            )


def _root_devices(facts: Facts, host: str) -> set[str]:
    """What the root file system lies on, built on partitions, with all that is between."""
    devices: set[str] = set()
    for disk in facts.of(host, DISKS):
        for part in disk.parts:
            if "/" in mounts_on(part.holders):
                devices.update(holder.path for holder in part.holders)
    return devices


def size_findings(answers: Answers, planned: tuple[Slot, ...]) -> Iterator[Finding]:
    """Partitions that differ, room that does not suffice, a size that makes too small a volume
    group.
    """
    size = target(answers, planned)
    wanted = asked(answers)
    least = smallest_partition()
    # Beside a partition that exists the others must get its size, whatever is asked for now.
    needed = size if any(slot.part for slot in planned) else max(wanted, least)
    expected = wanted or size
    cramped = False
    for slot in planned:
        if slot.part and not (slot.part.size == size == expected):
            yield _differs(slot, slot.part, expected)
        elif not slot.part and slot.free < needed:
            cramped = True
            yield _cramped(slot, needed, least)
    if planned and not cramped and volume_mib(size) < VG_MIB:
        yield Finding(
            answers.first.short,
            what=f"partitions of {gib(size)} make a volume group of "
            f"{max(0, volume_mib(size))} MiB; Ganeti refuses less than {VG_MIB} MiB (20 GiB)",
            mend=f"give each data partition at least {gib_up(least)}",
        )


def _differs(slot: Slot, part: Part, expected: int) -> Finding:
    return Finding(
        slot.host,
        what=f"{part.path} has {gib(part.size)}, planned are {gib(expected)} on every disk",
        mend=f"change partition.size_gib, or delete it: `{by_hand(slot.disk, part.number)}`",
    )


def _cramped(slot: Slot, needed: int, least: int) -> Finding:
    what = f"{identified(slot.disk)} has {gib(slot.free)} free, {gib_up(needed)} are needed"
    if needed == least:
        what += f" for a volume group of {VG_MIB} MiB (20 GiB), the least that Ganeti takes"
    return Finding(
        slot.host,
        what=f"{what}; {describe(slot.disk)}",
        mend="choose a smaller size or another disk",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Two data partitions on every node, known to the kernel, all of one size that suffices for
    Ganeti.
    """
    planned = slots(answers, facts)
    for node in answers.nodes:
        parts = [(slot.disk, slot.part) for slot in planned if slot.host == node.short]
        existing = [(disk, part) for disk, part in parts if part]
        if len(existing) < 2:
            yield Finding(
                node.short,
                what=f"{len(existing)} of 2 data partitions exist",
                step=THIS_STEP,
            )
        for disk, part in existing:
            if not part.seen:
                yield Finding(
                    node.short,
                    what=f"the kernel does not know {part.path} yet",
                    mend=f"partx --update {disk.path}",
                )
    if all(slot.part for slot in planned):
        yield from size_findings(answers, planned)
