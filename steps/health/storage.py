"""Checks of what holds the data: mirrors, volume group, replication, free space."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.common.sizes import GIB, MIB
from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD, Array
from steps.ganeti.facts.drbdminors import REPLICAS, Minor, Replicas
from steps.ganeti.facts.ganeti import Config, Guest
from steps.ganeti.replication import STALLED, copy_anew, differs, progress
from steps.ganeti.ways import RECOVER, way
from steps.health.facts.daily import FILESYSTEMS, FileSystem
from steps.health.look import Look
from wizard.answers import Node
from wizard.model.verdicts import Level, Verdict

FULL_WARNING = 85
"""Per cent of a file system's room, or of its inodes, that are used."""
FULL_CRITICAL = 95
CHECKING = ("check", "idle", "frozen", "")
"""What a whole mirror may be doing (md(4), sync_action)."""


def raid(look: Look) -> Iterator[Verdict]:
    """Both mirrors of each node have both halves."""
    for node in look.seen:
        md = look.facts.of(node.short, MD)
        data_mirror = look.answers.raid.device
        if md.array(data_mirror) is None:
            yield Verdict(
                "raid",
                node.short,
                Level.CRITICAL,
                what=f"the data mirror {data_mirror} is not there",
                mend="look at /proc/mdstat and at the disks",
                step="raid",
            )
        verdicts = [_mirror(node.short, array) for array in md.volumes]
        wrong = [verdict for verdict in verdicts if verdict.level is not Level.OK]
        yield from wrong
        if md.volumes and not wrong:
            halves = [
                f"{array.path} {array.raid_disks} of {array.raid_disks}" for array in md.volumes
            ]
            yield Verdict(
                "raid",
                node.short,
                Level.OK,
                what=f"every mirror has all its halves: {', '.join(halves)}",
            )


def _mirror(host: str, array: Array) -> Verdict:
    if not array.active:
        return Verdict(
            "raid",
            host,
            Level.CRITICAL,
            what=f"{array.path} is {array.state or 'stopped'}",
            mend=f"mdadm --detail {array.path}",
            step="raid",
        )
    if array.degraded:
        return _degraded(host, array)
    if array.action not in CHECKING:
        return Verdict(
            "raid",
            host,
            Level.WARNING,
            what=f"{array.path} synchronises{_progress(array)}",
            mend="wait: cat /proc/mdstat",
        )
    return Verdict("raid", host, Level.OK, what=f"{array.path} is whole")


def _degraded(host: str, array: Array) -> Verdict:
    whole = [member.path for member in array.members if "in_sync" in member.state]
    left = ", ".join(whole) or "nothing"
    if array.action == "recover":
        return Verdict(
            "raid",
            host,
            Level.WARNING,
            what=(
                f"{array.path} rebuilds its second half{_progress(array)}; "
                f"until then {left} must not fail"
            ),
            mend="wait: cat /proc/mdstat",
        )
    faulty = [member.path for member in array.members if member.faulty]
    failed = f" ({', '.join(faulty)} failed)" if faulty else ""
    return Verdict(
        "raid",
        host,
        Level.CRITICAL,
        what=(
            f"{array.path} has lost {array.degraded} of its {array.raid_disks} halves{failed}; "
            f"left: {left}"
        ),
        mend=f"replace the disk; {RECOVER} names the new one, and {way('disk')} takes it in",
    )


def _progress(array: Array) -> str:
    """How far the kernel is, by sync_completed of md(4): sectors done and sectors in all."""
    numbers = re.fullmatch(r"(\d+) / (\d+)", array.progress)
    if numbers is None or int(numbers[2]) == 0:
        return ""
    return f" ({100 * int(numbers[1]) / int(numbers[2]):.0f} %)"


def lvm(look: Look) -> Iterator[Verdict]:
    """The volume group is there and misses no disk."""
    name = look.answers.lvm.vg
    for node in look.seen:
        group = look.facts.of(node.short, LVM).vg(name)
        if group is None:
            yield Verdict(
                "lvm",
                node.short,
                Level.CRITICAL,
                what=f"the volume group {name} is not there",
                mend=f"vgs; vgchange -ay {name}; look at the mirror first",
            )
        elif group.missing:
            yield Verdict(
                "lvm",
                node.short,
                Level.CRITICAL,
                what=f"the volume group {name} misses {group.missing} of its disks",
                mend="pvs; bring the disk back before anything else",
            )
        else:
            free = f"{group.free / GIB:.1f} of {group.size / GIB:.1f} GiB free"
            yield Verdict("lvm", node.short, Level.OK, what=f"{name} is whole, {free}")


def drbd(look: Look) -> Iterator[Verdict]:
    """Every disk of every running instance is connected and up to date on both sides."""
    if look.config is None:
        return
    for node in look.seen:
        replicas = look.facts.of(node.short, REPLICAS)
        if not replicas.version:
            yield Verdict(
                "drbd",
                node.short,
                Level.CRITICAL,
                what="the DRBD module is not loaded",
                mend="modprobe drbd",
            )
            continue
        copies = list(_copies_on(look.config, node))
        wrong = []
        for guest, label, number in copies:
            # Ganeti promotes its primary before the copies agree: which one is newer comes first.
            connect = f"{RECOVER} tells which copy is newer; {way('reconnect')} connects them"
            activate = look.unless_alone(connect)
            verdict = _copy(node.short, replicas, guest, label, number, activate)
            if verdict is not None:
                wrong.append(verdict)
        yield from wrong
        if not copies:
            yield Verdict("drbd", node.short, Level.OK, what="no instance has a disk here")
        elif not wrong:
            compared = _compared(replicas)
            yield Verdict(
                "drbd",
                node.short,
                Level.OK,
                what=f"{len(copies)} disks connected, up to date on both sides{compared}",
            )


def _compared(replicas: Replicas) -> str:
    """That copies are compared right now, which is no resynchronisation: both stay good."""
    compared = [minor for minor in replicas.minors if minor.verifies]
    if not compared:
        return ""
    how_far = ", ".join(f"{minor.synced or 0:g} %" for minor in compared)
    return f"; {len(compared)} of them being compared ({how_far})"


def _copies_on(config: Config, node: Node) -> Iterator[tuple[Guest, str, int]]:
    """Each disk that has a copy on a node: its instance, what to call it, its DRBD minor there."""
    for guest in config.instances:
        for number, disk in enumerate(config.disks_of(guest)):
            label = f"disk {number} ({disk.name or disk.uuid}) of {guest.name}"
            for uuid, minor in disk.copies:
                if config.node_name(uuid) == node.name:
                    yield guest, label, minor


def _copy(
    host: str, replicas: Replicas, guest: Guest, label: str, number: int, activate: str
) -> Verdict | None:
    minor = replicas.minor(number)
    if minor is None:
        # Ganeti takes the disks of an instance down that it stops.
        if guest.state != "up":
            return None
        return Verdict(
            "drbd",
            host,
            Level.CRITICAL,
            what=f"{label} is not there (DRBD minor {number})",
            mend=activate,
        )
    if minor.healthy:
        return None
    if minor.synchronises:
        return Verdict(
            "drbd",
            host,
            Level.WARNING,
            what=f"{label} {progress(minor)}; until then there is one good copy",
            mend=STALLED if minor.stalled else "wait: cat /proc/drbd; move nothing meanwhile",
        )
    if minor.differs:
        what = f"{label}: {differs(minor)}"
        return Verdict("drbd", host, Level.CRITICAL, what, mend=copy_anew(guest.name))
    return _broken(host, label, minor, guest, activate)


def _broken(host: str, label: str, minor: Minor, guest: Guest, activate: str) -> Verdict:
    states = f"(DRBD minor {minor.number}: {minor.states})"
    disks = (minor.disk, minor.peer_disk)
    if minor.cs == "StandAlone":
        # Ganeti 3.0's own verification takes this for well (Ganeti issues 513 and 1814).
        what = f"{label} is cut off from its copy, perhaps two copies that differ {states}"
        mend = (
            f"move nothing, restart nothing: {RECOVER} tells whether one copy is newer "
            f"({way('reconnect')}) or both have data of their own ({way('split-brain')})"
        )
    elif "Diskless" in disks or "Failed" in disks:
        what = f"{label} has lost its storage on one side {states}"
        # On Ganeti 3.1 `replace-disks -a` may aim at the good side, and a primary without its disk
        # that is started anew runs on old data.
        mend = f"stop nothing, restart nothing: {RECOVER} has the way (`diskless`)"
    else:
        what = f"{label} is not replicated {states}"
        mend = f"check the other node and the network between both, then {activate}"
    return Verdict("drbd", host, Level.CRITICAL, what, mend)


def space(look: Look) -> Iterator[Verdict]:
    """No file system of a node or a guest is about to be full, nor the one for the backups on the
    backup host.
    """
    nodes = [node.short for node in look.seen]
    guests = [name for name, _ in look.guests if name in look.facts.raw]
    for host in (*nodes, *guests):
        yield from _room(host, look.facts.of(host, FILESYSTEMS))
    yield from _backup_room(look)


def _room(host: str, systems: tuple[FileSystem, ...]) -> Iterator[Verdict]:
    if not systems:
        yield Verdict(
            "space",
            host,
            Level.UNKNOWN,
            what="df shows no file system",
            mend="look by hand: df -h",
        )
        return
    full = [system for system in systems if system.percent >= FULL_WARNING]
    for system in full:
        kind = "inodes" if system.inodes > system.used else "room"
        yield Verdict(
            "space",
            host,
            Level.CRITICAL if system.percent >= FULL_CRITICAL else Level.WARNING,
            what=(
                f"{system.mount}: {system.percent} % of its {kind} used, "
                f"{system.free / MIB:.0f} MiB free"
            ),
            mend=f"du -xh {system.mount} | sort -h | tail; remove what is not needed",
        )
    if not full:
        fullest = max(systems, key=lambda system: system.percent)
        yield Verdict(
            "space",
            host,
            Level.OK,
            what=(
                f"fullest is {fullest.mount} with {fullest.percent} %, "
                f"{fullest.free / MIB:.0f} MiB free"
            ),
        )


def _backup_room(look: Look) -> Iterator[Verdict]:
    """The file system that holds the folder for backups; what else the backup host has is its own
    affair.
    """
    backup_host = look.answers.backup_host
    if backup_host is None or not look.backed_up:
        return
    host = backup_host.short
    error = look.facts.missing.get(host)
    if error is not None:
        yield Verdict(
            "space",
            host,
            Level.WARNING,
            what=f"the backup host does not answer, so its room is not known: {error.what}",
            mend=error.mend or "look at it before the next backup",
        )
    elif host in look.facts.raw:
        yield from _room(host, _holding(look.answers.backup.path, look.facts.of(host, FILESYSTEMS)))


def _holding(path: str, systems: tuple[FileSystem, ...]) -> tuple[FileSystem, ...]:
    """The file system that a path is on: the mounted one with the longest name above it, if any."""
    above = []
    for system in systems:
        # With slashes at both ends, /srv/backups is not taken for a part of /srv/backup.
        if f"{path}/".startswith(f"{system.mount.rstrip('/')}/"):
            above.append(system)
    above.sort(key=lambda system: len(system.mount))
    return tuple(above[-1:])
