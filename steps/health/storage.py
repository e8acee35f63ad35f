"""Checks of what holds the data: mirrors, volume group, replication, free space."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD, Array
from steps.ganeti.facts.drbdminors import REPLICAS, Minor, Replicas
from steps.ganeti.facts.ganeti import Config, Guest, InstanceDisk
from steps.health.facts.daily import FILESYSTEMS, FileSystem
from steps.health.look import Look
from wizard.answers import Node
from wizard.model.verdicts import Level, Verdict

FULL_WARNING, FULL_CRITICAL = 85, 95
"""Per cent of a file system's room, or of its inodes, that are used."""
CHECKING = ("check", "idle", "frozen", "")
"""What a whole mirror may be doing (md(4), sync_action)."""


def raid(look: Look) -> Iterator[Verdict]:
    """Both mirrors of each node have both halves."""
    for node in look.seen:
        md = look.facts.of(node.short, MD)
        wanted = look.answers.raid.device
        if md.array(wanted) is None:
            mend = "look at /proc/mdstat and at the disks; the step `raid` says what it would do"
            yield Verdict(
                "raid", node.short, Level.CRITICAL, f"the data mirror {wanted} is not there", mend
            )
        bad = [
            found for one in md.arrays if (found := _mirror(node.short, one)).level is not Level.OK
        ]
        yield from bad
        if not bad and md.arrays:
            names = ", ".join(
                f"{one.path} {one.raid_disks} of {one.raid_disks}" for one in md.arrays
            )
            yield Verdict("raid", node.short, Level.OK, f"every mirror has all its halves: {names}")


def _mirror(host: str, one: Array) -> Verdict:
    left = ", ".join(member.path for member in one.members if not member.faulty) or "nothing"
    faulty = [member.path for member in one.members if member.faulty]
    if not one.active:
        what = f"{one.path} is {one.state or 'stopped'}"
        return Verdict(
            "raid", host, Level.CRITICAL, what, f"mdadm --detail {one.path}; then the step `raid`"
        )
    if one.degraded and one.action == "recover":
        what = (
            f"{one.path} rebuilds its second half{_progress(one)}; until then {left} must not fail"
        )
        return Verdict("raid", host, Level.WARNING, what, "wait: cat /proc/mdstat")
    if one.degraded:
        failed = f" ({', '.join(faulty)} failed)" if faulty else ""
        what = (
            f"{one.path} has lost {one.degraded} of its {one.raid_disks} halves{failed}; "
            f"left: {left}"
        )
        mend = (
            f"replace the disk, partition it as its neighbour, mdadm {one.path} --add "
            "PARTITION; the step `raid` helps"
        )
        return Verdict("raid", host, Level.CRITICAL, what, mend)
    if one.action not in CHECKING:
        what = f"{one.path} synchronises{_progress(one)}"
        return Verdict("raid", host, Level.WARNING, what, "wait: cat /proc/mdstat")
    return Verdict("raid", host, Level.OK, f"{one.path} is whole")


def _progress(one: Array) -> str:
    numbers = re.fullmatch(r"(\d+) / (\d+)", one.progress)
    return (
        f" ({100 * int(numbers[1]) / int(numbers[2]):.0f} %)" if numbers and int(numbers[2]) else ""
    )


def lvm(look: Look) -> Iterator[Verdict]:
    """The volume group is there and misses no disk."""
    name = look.answers.lvm.vg
    for node in look.seen:
        group = look.facts.of(node.short, LVM).vg(name)
        if group is None:
            what, mend = (
                f"the volume group {name} is not there",
                f"vgs; vgchange -ay {name}; look at the mirror first",
            )
            yield Verdict("lvm", node.short, Level.CRITICAL, what, mend)
        elif group.missing:
            what = f"the volume group {name} misses {group.missing} of its disks"
            yield Verdict(
                "lvm",
                node.short,
                Level.CRITICAL,
                what,
                "pvs; bring the disk back before anything else",
            )
        else:
            free = f"{group.free / 2**30:.1f} of {group.size / 2**30:.1f} GiB free"
            yield Verdict("lvm", node.short, Level.OK, f"{name} is whole, {free}")


def drbd(look: Look) -> Iterator[Verdict]:
    """Every disk of every running instance is connected and up to date on both sides."""
    if look.config is None:
        return
    for node in look.seen:
        replicas = look.facts.of(node.short, REPLICAS)
        if not replicas.version:
            yield Verdict(
                "drbd", node.short, Level.CRITICAL, "the DRBD module is not loaded", "modprobe drbd"
            )
            continue
        pairs = list(_disks_on(look.config, node))
        bad = [found for pair in pairs if (found := _copy(node.short, replicas, *pair))]
        yield from bad
        if not bad and pairs:
            yield Verdict(
                "drbd",
                node.short,
                Level.OK,
                f"{len(pairs)} disks connected, up to date on both sides",
            )
        elif not pairs:
            yield Verdict("drbd", node.short, Level.OK, "no instance has a disk here")


def _disks_on(config: Config, node: Node) -> Iterator[tuple[Guest, int, InstanceDisk, int]]:
    for guest in config.instances:
        for number, disk in enumerate(config.disks_of(guest)):
            for uuid, minor in zip(disk.nodes, disk.minors, strict=False):
                if config.node_name(uuid) == node.name:
                    yield guest, number, disk, minor


def _copy(
    host: str, replicas: Replicas, guest: Guest, number: int, disk: InstanceDisk, minor: int
) -> Verdict | None:
    seen, label = replicas.minor(minor), f"disk {number} ({disk.name or disk.uuid}) of {guest.name}"
    if seen is None:
        if guest.state != "up":
            return None
        what = f"{label} is not there (DRBD minor {minor})"
        return Verdict(
            "drbd", host, Level.CRITICAL, what, f"gnt-instance activate-disks {guest.name}"
        )
    if seen.healthy:
        return None
    if seen.cs.startswith(("Sync", "PausedSync", "Verify")):
        what = f"{label} synchronises, {seen.synced:g} %; until then there is one good copy"
        return Verdict(
            "drbd", host, Level.WARNING, what, "wait: cat /proc/drbd; move nothing meanwhile"
        )
    return _broken(host, label, seen, guest)


def _broken(host: str, label: str, seen: Minor, guest: Guest) -> Verdict:
    states = f"(DRBD minor {seen.number}: {seen.states})"
    if seen.cs == "StandAlone":
        what = f"{label} is cut off from its copy, perhaps two copies that differ {states}"
        mend = "move nothing, restart nothing: decide first which copy is the right one"
    elif "Diskless" in (seen.disk, seen.peer_disk) or "Failed" in (seen.disk, seen.peer_disk):
        what = f"{label} has lost its storage on one side {states}"
        mend = (
            f"mend mirror and volume group there, then gnt-instance replace-disks -a {guest.name}"
        )
    else:
        what = f"{label} is not replicated {states}"
        mend = (
            "check the other node and the network between both, then gnt-instance "
            f"activate-disks {guest.name}"
        )
    return Verdict("drbd", host, Level.CRITICAL, what, mend)


def space(look: Look) -> Iterator[Verdict]:
    """No file system of a node or a guest is about to be full, nor the one for the backups on the
    backup host.
    """
    hosts = [node.short for node in look.seen] + [
        name for name, _ in look.guests if name in look.facts.raw
    ]
    for host in hosts:
        systems = look.facts.of(host, FILESYSTEMS)
        yield from _room(host, systems)
    yield from _place(look)


def _room(host: str, systems: Sequence[FileSystem]) -> Iterator[Verdict]:
    worst = max(
        ((max(one.used, one.inodes), one) for one in systems),
        key=lambda pair: pair[0],
        default=None,
    )
    if worst is None:
        yield Verdict(
            "space", host, Level.UNKNOWN, "df shows no file system", "look by hand: df -h"
        )
        return
    full = [one for one in systems if max(one.used, one.inodes) >= FULL_WARNING]
    for one in full:
        percent = max(one.used, one.inodes)
        kind = "inodes" if one.inodes > one.used else "room"
        what = f"{one.mount}: {percent} % of its {kind} used, {one.free / 2**20:.0f} MiB free"
        level = Level.CRITICAL if percent >= FULL_CRITICAL else Level.WARNING
        yield Verdict(
            "space",
            host,
            level,
            what,
            f"du -xh {one.mount} | sort -h | tail; remove what is not needed",
        )
    if not full:
        what = (
            f"fullest is {worst[1].mount} with {worst[0]} %, {worst[1].free / 2**20:.0f} MiB free"
        )
        yield Verdict("space", host, Level.OK, what)


def _place(look: Look) -> Iterator[Verdict]:
    """The file system that holds the folder for backups; what else the backup host has is its own
    affair.
    """
    place, path = look.answers.backup_host, look.answers.backup.path
    if place is None or not look.backed_up:
        return
    error = look.facts.missing.get(place.short)
    if error is not None:
        what = f"the backup host does not answer, so its room is not known: {error.what}"
        yield Verdict(
            "space",
            place.short,
            Level.WARNING,
            what,
            error.mend or "look at it before the next backup",
        )
    elif place.short in look.facts.raw:
        systems = look.facts.of(place.short, FILESYSTEMS)
        holding = [one for one in systems if f"{path}/".startswith(f"{one.mount.rstrip('/')}/")]
        yield from _room(place.short, sorted(holding, key=lambda one: len(one.mount))[-1:])
