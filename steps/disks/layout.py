"""Which disks and partitions each node's data mirror is made of: one view for partition, raid and
lvm.
"""

from __future__ import annotations

import hashlib

from steps.common.sizes import MIB
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD, MDADM_CONF, Conf, Md, Superblock, same_device
from steps.disks.overwrite import agreed
from wizard.answers import Answers
from wizard.model.facts import Facts

VG_MIB = 20480
"""Smallest volume group, in MiB, that `gnt-cluster init` accepts (MIN_VG_SIZE in Ganeti's
_constants.py).
"""

MEMBER = "linux_raid_member"
EMPTY = ("", MEMBER)
"""Signatures of a data partition that nothing else than an array lays claim to."""

FACTS = (DISKS, MD, MDADM_CONF)
"""What the functions here look at."""


def overhead_mib(size: int) -> int:
    """MiB of a partition that RAID and LVM keep for themselves, rounded up.

    mdadm's super1.c leaves about a thousandth of the device, at most 128 MiB, in front of the data;
    LVM takes 1 MiB for its metadata and rounds down to extents of 4 MiB.
    """
    headroom = 128
    while headroom << 10 > size // MIB and headroom > 1:
        headroom //= 2
    return headroom + 8


def volume_mib(size: int) -> int:
    """Size in MiB of the volume group on a mirror of partitions of `size` bytes."""
    return size // MIB - overhead_mib(size)


def smallest_partition() -> int:
    """Bytes of the smallest partition whose mirror holds VG_MIB."""
    size = VG_MIB
    while volume_mib(size * MIB) < VG_MIB:
        size += 1
    return size * MIB


def find(facts: Facts, host: str, serial: str) -> Disk | None:
    """The disk with that serial on that host; None when there is none."""
    return next((disk for disk in facts.of(host, DISKS) if disk.serial == serial), None)


def belongs(part: Part, device: str, md: Md, conf: Conf) -> bool:
    """Whether a partition is a member of the data mirror: it runs in it, or its superblock names
    it.

    An array that is itself mounted, as the root mirror is, is never the data mirror, whatever its
    name.
    """
    running = md.holding(part.path)
    if running and any(h.mounts for h in part.holders if h.path == running.path):
        return False
    if running and running.path == device:
        return True
    block = md.superblock(part.path)
    if block is None:
        return False
    listed = [one for one in conf.arrays if one.uuid == block.uuid]
    if listed:
        return same_device(listed[0].device, device)
    return block.bare in (device.removeprefix("/dev/md"), device.removeprefix("/dev/"))


def is_ours(answers: Answers, facts: Facts, host: str, block: Superblock) -> bool:
    """Whether a superblock is of the mirror that runs or is registered: consent to overwrite an old
    one is used up.

    A name alone does not tell: a disk out of another such build has the same.
    """
    device = answers.raid.device
    running = facts.of(host, MD).array(device)
    registered = {
        one.uuid for one in facts.of(host, MDADM_CONF).arrays if same_device(one.device, device)
    }
    return block.uuid in registered or bool(running and block.path in running.paths)


def data_part(answers: Answers, facts: Facts, host: str, disk: Disk) -> Part | None:
    """The partition on a disk that is, or is meant for, the data mirror.

    A member of the mirror first; else the largest partition of type Linux RAID that nothing uses
    and that no other array's superblock claims, unless the operator gave the disk's word for
    overwriting it.
    """
    md, conf = facts.of(host, MD), facts.of(host, MDADM_CONF)
    raid = [part for part in disk.parts if part.is_raid]
    members = [part for part in raid if belongs(part, answers.raid.device, md, conf)]
    if members:
        return max(members, key=lambda part: part.size)
    typed = agreed(answers, facts, host, disk)
    free = [
        part for part in raid if not part.in_use and (typed or md.superblock(part.path) is None)
    ]
    return max(free, key=lambda part: part.size, default=None)


def suggested(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """Serials of the two disks to use: the mirror's, else the root mirror's, else two equal blank
    ones.
    """
    disks = [disk for disk in facts.of(host, DISKS) if not (disk.removable or disk.read_only)]
    md, conf = facts.of(host, MD), facts.of(host, MDADM_CONF)
    member = [
        d for d in disks if any(belongs(part, answers.raid.device, md, conf) for part in d.parts)
    ]
    for group in (member, [disk for disk in disks if disk.is_system], _equals(disks)):
        if len(group) >= 2:
            best = sorted(group, key=lambda disk: -disk.largest_gap[1])[:2]
            return tuple(disk.serial for disk in group if disk in best)
    return ()


def _equals(disks: list[Disk]) -> list[Disk]:
    blank = [disk for disk in disks if disk.is_blank]
    sizes = sorted({disk.size for disk in blank}, reverse=True)
    for size in sizes:
        group = [disk for disk in blank if disk.size == size]
        if len(group) >= 2:
            return group
    return blank


def chosen(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """Serials of the node's disks: the operator's answer, which may be none, or what the node
    suggests without one.
    """
    decided = answers.partition.disks.get(host)
    return suggested(answers, facts, host) if decided is None else tuple(decided)


def chosen_disks(answers: Answers, facts: Facts, host: str) -> tuple[Disk, ...]:
    """The chosen disks that the node really has."""
    found = (find(facts, host, serial) for serial in chosen(answers, facts, host))
    return tuple(disk for disk in found if disk is not None)


def members(answers: Answers, facts: Facts, host: str) -> tuple[tuple[Disk, Part], ...]:
    """The data partitions that exist, each with its disk."""
    pairs = [
        (disk, data_part(answers, facts, host, disk)) for disk in chosen_disks(answers, facts, host)
    ]
    return tuple((disk, part) for disk, part in pairs if part is not None)


def array_uuid(node: str, device: str, pairs: tuple[tuple[Disk, Part], ...]) -> str:
    """The UUID that a new mirror gets: made of what it is made of, so that it is known before it
    exists.

    The same plan is then right before and after the array is created, and mdadm.conf can be part of
    it.
    """
    parts = [f"{d.serial} {d.label_id} {p.number} {p.uuid} {p.start} {p.size}" for d, p in pairs]
    digest = hashlib.sha256("\n".join(["ganeti-wizard", node, device, *parts]).encode()).hexdigest()
    return ":".join(digest[place : place + 8] for place in range(0, 32, 8))
