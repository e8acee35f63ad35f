"""Checks of what holds the data: mirrors, volume group, free space."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from steps.common.sizes import GIB, MIB
from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD, Array, Md
from steps.disks.halves import older_halves
from steps.ganeti.ways import CAREFUL, RECOVER, way
from steps.health.facts.daily import FILESYSTEMS, FileSystem
from steps.health.look import Look
from wizard.base.errors import WizardError
from wizard.model.verdicts import Level, Verdict

FULL_WARNING = 85
"""Per cent of a file system's room, or of its inodes, that are used."""
FULL_CRITICAL = 95
_STACKED = ("/dev/md", "/dev/mapper/", "/dev/dm-")
"""How the names of devices begin that stand on others."""
CHECKING = ("check", "idle", "frozen", "")
"""What a whole mirror may be doing (md(4), sync_action)."""


def raid(look: Look) -> Iterator[Verdict]:
    """Both mirrors of each node have both halves."""
    for node in look.seen:
        md = look.facts.of(node.short, MD)
        data_mirror = look.answers.raid.device
        if md.array(data_mirror) is None:
            yield _without_mirror(look, node.short)
        verdicts = [_mirror(node.short, md, array) for array in md.volumes]
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


def _without_mirror(look: Look, host: str) -> Verdict:
    """That the data mirror is not there; where none ever was, what the data lies on instead."""
    lone = _in_no_mirror(look, host)
    if lone:
        return Verdict(
            "raid",
            host,
            Level.WARNING,
            what=f"{look.answers.lvm.vg} lies on {', '.join(lone)}, in no mirror that is seen here",
            mend="where it is the volume of a RAID controller, only that one's own tool tells "
            "whether all its disks are well; else what is on it is lost with one disk",
        )
    return Verdict(
        "raid",
        host,
        Level.CRITICAL,
        what=f"the data mirror {look.answers.raid.device} is not there",
        mend="look at /proc/mdstat and at the disks",
        step="raid",
    )


def _in_no_mirror(look: Look, host: str) -> list[str]:
    """The disks or partitions that the volume group lies on; none where one of its devices is an
    array, half a mirror that does not run, or a device of the mapper, below which anything may be.
    """
    md = look.facts.of(host, MD)
    devices = []
    # Where LVM does not say on what the group lies, a mirror that is not there is lost.
    with contextlib.suppress(WizardError):
        for pv in look.facts.of(host, LVM).pvs:
            if pv.vg == look.answers.lvm.vg:
                devices.append(pv.name)
    for device in devices:
        is_plain = device.startswith("/dev/") and not device.startswith(_STACKED)
        if not is_plain or md.superblock(device) is not None:
            return []
    return devices


def _mirror(host: str, md: Md, array: Array) -> Verdict:
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
        return _on_older(host, md, array) or _degraded(host, array)
    if array.action not in CHECKING:
        return Verdict(
            "raid",
            host,
            Level.WARNING,
            what=f"{array.path} synchronises{_progress(array)}",
            mend="wait: cat /proc/mdstat",
        )
    return Verdict("raid", host, Level.OK, what=f"{array.path} is whole")


def _on_older(host: str, md: Md, array: Array) -> Verdict | None:
    """That it runs on a half that is older than one in the server; None where it does not."""
    for older in older_halves(md, array):
        return Verdict(
            "raid",
            host,
            Level.CRITICAL,
            what=f"{older.what}: what {host} holds is old data",
            mend=f"start nothing there and add no half; {CAREFUL}",
        )
    return None


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
    """The volume group is there, misses no disk, and LVM works by its name."""
    name = look.answers.lvm.vg
    for node in look.seen:
        volumes = look.facts.of(node.short, LVM)
        group = volumes.vg(name)
        fault = volumes.fault(name)
        if group is None:
            yield Verdict(
                "lvm",
                node.short,
                Level.CRITICAL,
                what=f"the volume group {name} is not there",
                mend=f"vgs; vgchange -ay {name}; look at the mirror first",
            )
        elif fault:
            yield Verdict("lvm", node.short, Level.CRITICAL, what=fault.what, mend=fault.mend)
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
