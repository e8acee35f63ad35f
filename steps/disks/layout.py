"""Which disks and partitions each node's data mirror is made of: one view for partition, raid and
lvm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations

from steps.common.sizes import MIB
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD, Array, Md, Superblock
from steps.disks.facts.mdconf import MDADM_CONF, Conf, same_device
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
    while headroom * 1024 > size // MIB and headroom > 1:
        headroom //= 2
    return headroom + 8


def volume_mib(size: int) -> int:
    """Size in MiB of the volume group on a mirror of partitions of `size` bytes."""
    return size // MIB - overhead_mib(size)


def smallest_partition() -> int:
    """Bytes of the smallest partition whose mirror holds VG_MIB."""
    mib = VG_MIB
    while volume_mib(mib * MIB) < VG_MIB:
        mib += 1
    return mib * MIB


def find(facts: Facts, host: str, name: str) -> Disk | None:
    """The disk that is named so in the answers: by its id, or by a serial that it alone shows on
    that host. None when there is none.
    """
    disks = facts.of(host, DISKS)
    by_id = [disk for disk in disks if disk.id == name]
    by_serial = [disk for disk in disks if disk.serial == name]
    if by_id:
        return by_id[0]
    return by_serial[0] if len(by_serial) == 1 else None


def belongs(part: Part, device: str, md: Md, conf: Conf) -> bool:
    """Whether a partition is a member of the data mirror: it runs in it, or its superblock names
    it.

    An array that is itself mounted, as the root mirror is, is never the data mirror, nor is one
    that carries the system through volumes or partitions, whatever its name.
    """
    running = md.holding(part.path)
    if part.is_system:
        return False
    if running:
        if _mounted(part, running):
            return False
        if running.path == device:
            return True
    block = md.superblock(part.path)
    if block is None:
        return False
    for line in conf.arrays:
        # `mdadm --detail --scan` writes /dev/md/HOST:NAME while the host's name differs, as in the
        # initramfs (ansible-mdadm issue 39): that tells no more than the superblock.
        if line.uuid == block.uuid and line.device != f"/dev/md/{block.name}":
            return same_device(line.device, device)
    # A superblock names the array of /dev/md1 either "1" or "md1".
    names = (
        device.removeprefix("/dev/md"),
        device.removeprefix("/dev/"),
    )
    return block.bare in names


def _mounted(part: Part, array: Array) -> bool:
    mounts = [holder.mounts for holder in part.holders if holder.path == array.path]
    return any(mounts)


def is_ours(answers: Answers, facts: Facts, host: str, block: Superblock) -> bool:
    """Whether a superblock is of the mirror that runs or is registered: consent to overwrite an old
    one is used up.

    A name alone does not tell: a disk out of another such build has the same.
    """
    device = answers.raid.device
    for line in facts.of(host, MDADM_CONF).arrays:
        if line.uuid == block.uuid and same_device(line.device, device):
            return True
    running = facts.of(host, MD).array(device)
    return running is not None and block.path in running.paths


def data_part(answers: Answers, facts: Facts, host: str, disk: Disk) -> Part | None:
    """The partition on a disk that is, or is meant for, the data mirror.

    None on a disk that is in something as a whole: a table that it shows is that one's. A member of
    the mirror first, whatever its type; else the largest partition of type Linux RAID that nothing
    uses and that no other array's superblock claims, unless the operator gave the disk's word for
    overwriting it.
    """
    md = facts.of(host, MD)
    conf = facts.of(host, MDADM_CONF)
    may_overwrite = agreed(answers, facts, host, disk)
    ours: list[Part] = []
    free: list[Part] = []
    if disk.holders:
        return None
    for part in disk.parts:
        if part.may_be_member and belongs(part, answers.raid.device, md, conf):
            ours.append(part)
        elif part.in_use or not part.is_raid:
            continue
        elif may_overwrite or md.superblock(part.path) is None:
            free.append(part)
    # A member comes before what is merely free.
    return max(ours or free, key=_size, default=None)


def _size(part: Part) -> int:
    return part.size


def suggested(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """Ids of the two disks to use: the mirror's, else the root mirror's, else two equal blank
    ones.
    """
    usable = []
    for disk in facts.of(host, DISKS):
        unfit = disk.removable or disk.barred or disk.holders
        if not (unfit or seen_twice(facts, host, disk)):
            usable.append(disk)
    groups = (
        _under_mirror(answers, facts, host, usable),
        [disk for disk in usable if disk.is_system],
        _equals(usable),
    )
    running = _running(answers, facts, host)
    for group in groups:
        # An old half on a third disk is none of the two that the mirror runs on.
        best_first = sorted(
            group,
            key=lambda disk: (disk.path in running, _free_room(disk)),
            reverse=True,
        )
        pair = next(_pairs(best_first), ())
        if pair:
            return tuple(disk.id for disk in group if disk in pair)
    return ()


def _pairs(disks: list[Disk]) -> Iterator[tuple[Disk, Disk]]:
    """Two disks each, those that come first before others: never two parts of one drive."""
    for one, other in combinations(disks, 2):
        if not on_one_drive(one, other):
            yield one, other


def on_one_drive(one: Disk, other: Disk) -> bool:
    """Whether both would be lost with one drive: a mirror over them would be none."""
    return one.drive != "" and one.drive == other.drive


def _under_mirror(answers: Answers, facts: Facts, host: str, disks: list[Disk]) -> list[Disk]:
    """The disks on which a member of the data mirror lies."""
    md = facts.of(host, MD)
    conf = facts.of(host, MDADM_CONF)
    holding: list[Disk] = []
    for disk in disks:
        if any(belongs(part, answers.raid.device, md, conf) for part in disk.parts):
            holding.append(disk)
    return holding


def _running(answers: Answers, facts: Facts, host: str) -> set[str]:
    """The disks on which the data mirror runs."""
    array = facts.of(host, MD).array(answers.raid.device)
    members = array.paths if array and array.active else ()
    running: set[str] = set()
    for disk in facts.of(host, DISKS):
        if any(part.path in members for part in disk.parts):
            running.add(disk.path)
    return running


def _free_room(disk: Disk) -> int:
    _, size = disk.largest_gap
    return size


def _equals(disks: list[Disk]) -> list[Disk]:
    """The largest blank disks of one size, or all blank ones when none are alike; those too small
    for a data partition (a virtual medium, a card), on a USB cable or in no server aside.
    """
    blank = []
    for disk in disks:
        outside = disk.is_networked or disk.transport == "usb"
        if disk.is_blank and disk.size > smallest_partition() and not outside:
            blank.append(disk)
    sizes = {disk.size for disk in blank}
    for size in sorted(sizes, reverse=True):
        alike = [disk for disk in blank if disk.size == size]
        if len(alike) >= 2:
            return alike
    return blank


def seen_twice(facts: Facts, host: str, disk: Disk) -> str:
    """Why a disk may be one that shows under two names; "" when it is one of its own.

    Two cables to one disk show the same of it in everything: a mirror over both would be none.
    """
    shown = (disk.wwn, disk.serial, disk.label_id)
    for other in facts.of(host, DISKS):
        same = (other.wwn, other.serial, other.label_id) == shown
        if not same or other.path == disk.path:
            continue
        if disk.wwn:
            return f"it shows the same WWN, serial and label as {other.path}: one disk, two ways"
        own = [part.uuid for part in disk.parts if part.uuid]
        if own and own == [part.uuid for part in other.parts]:
            return (
                f"it shows the same serial and partitions as {other.path}: one disk, two ways, or "
                "a copy of it"
            )
    return ""


def chosen(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """Names of the node's disks: the operator's answer, which may be none, or what the node
    suggests without one.
    """
    decided = answers.partition.disks.get(host)
    if decided is None:
        return suggested(answers, facts, host)
    return tuple(decided)


def chosen_disks(answers: Answers, facts: Facts, host: str) -> tuple[Disk, ...]:
    """The chosen disks that the node really has."""
    present = []
    for name in chosen(answers, facts, host):
        disk = find(facts, host, name)
        if disk is not None and disk not in present:
            present.append(disk)
    return tuple(present)


def members(answers: Answers, facts: Facts, host: str) -> tuple[tuple[Disk, Part], ...]:
    """The data partitions that exist, each with its disk."""
    pairs = []
    for disk in chosen_disks(answers, facts, host):
        part = data_part(answers, facts, host, disk)
        if part is not None:
            pairs.append((disk, part))
    return tuple(pairs)


def array_uuid(node: str, device: str, pairs: tuple[tuple[Disk, Part], ...]) -> str:
    """The UUID that a new mirror gets: made of what it is made of, so that it is known before it
    exists.

    The same plan is then right before and after the array is created, and mdadm.conf can be part of
    it.
    """
    lines = ["ganeti-wizard", node, device]
    for disk, part in pairs:
        place = f"{part.number} {part.uuid} {part.start} {part.size}"
        lines.append(f"{disk.serial} {disk.label_id} {place}")
    made_of = "\n".join(lines)
    digest = hashlib.sha256(made_of.encode()).hexdigest()
    # mdadm writes a UUID as four groups of eight digits.
    groups = [digest[start : start + 8] for start in range(0, 32, 8)]
    return ":".join(groups)
