"""What forbids work on the volume group, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.common import apt
from steps.common.sizes import MIB
from steps.disks.facts.disk import mounts_on
from steps.disks.facts.lvm import LVM, MIRROR_CONTENT, UNREAD
from steps.disks.facts.md import MD
from steps.disks.facts.mdconf import same_device
from steps.disks.layout import VG_MIB, members
from steps.disks.overwrite import word
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Finding

_PHYSICAL_VOLUME = "LVM2_member"
"""What wipefs(8) calls it."""
_OURS = ("", _PHYSICAL_VOLUME)
_WITHOUT_SPARE_COPY = ("raid0", "linear")
"""Levels of arrays that one disk takes down (md(4))."""
_LVM_OWN_MIB = 8
"""What LVM takes of a device at most: 1 MiB of metadata, and the rest of an extent of 4 MiB."""


def _words(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    return tuple(word(answers, facts, host, disk) for disk, _ in members(answers, facts, host))


def erasable(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """The words of the mirror's disks when all of them were given for overwriting."""
    words = _words(answers, facts, host)
    return words if words and set(words) <= set(answers.partition.erase) else ()


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No mirror, something else on it, a group of that name elsewhere, a group too small for
    Ganeti.
    """
    for node in answers.nodes:
        host = node.short
        yield from apt.blockers(facts, host, ("lvm2",))
        unfit = list(_mirror_findings(answers, facts, host))
        if unfit:
            yield from unfit
            continue
        yield from _group_findings(answers, facts, host)
        if not facts.of(host, LVM).pv(answers.raid.device):
            # Nothing is told to be emptied that something is on.
            using = list(_users(answers, facts, host))
            yield from using or _content_findings(answers, facts, host)
        yield from _size_findings(answers, facts, host)


def _mirror_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    device = answers.raid.device
    array = facts.of(host, MD).array(device)
    if array is None or not array.active:
        yield Finding(host, what=f"{device} does not run", step="raid")
        return
    parts = {part.path for _, part in members(answers, facts, host)}
    # A third half, or a spare, on another disk makes it no other mirror.
    both = len(parts) == 2 and parts.issubset(array.paths)
    if not both and not parts.issuperset(array.paths):
        yield Finding(
            host,
            what=f"{device} is not the data mirror: it is made of {', '.join(array.paths)}",
            mend="name the data mirror in raid.device",
            step="raid",
        )


def _group_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    device = answers.raid.device
    name = answers.lvm.vg
    lvm = facts.of(host, LVM)
    pv = lvm.pv(device)
    if pv and pv.vg not in ("", name):
        yield Finding(
            host,
            what=f"{device} belongs to the volume group {pv.vg}, not to {name}",
            mend=f"set lvm.vg to {pv.vg} on all nodes{_renaming(answers, facts, host, pv.vg)}",
        )
    array = facts.of(host, MD).array(device)
    halves = [other.name for other in lvm.pvs if array and other.name in array.paths]
    if halves:
        yield Finding(
            host,
            what=f"LVM takes {halves[0]}, a half of {device}, for the physical volume: what is "
            "written goes to one half alone",
            mend='stop what uses it; `devices { md_component_checks = "full" }` in '
            "/etc/lvm/lvmlocal.conf (lvm.conf(5)); update-initramfs -u; reboot",
        )
    fault = lvm.fault(name)
    if fault:
        yield Finding(host, what=fault.what, mend=fault.mend)
    on_mirror = pv is not None and pv.vg == name
    elsewhere = [
        other.name
        for other in lvm.pvs
        if other.vg == name and other != pv and other.name not in halves
    ]
    if lvm.vg(name) and elsewhere and not on_mirror:
        yield Finding(
            host,
            what=f"a volume group {name} exists already, on {', '.join(elsewhere)}",
            mend="choose another name in lvm.vg, the same on all nodes",
        )


def _renaming(answers: Answers, facts: Facts, host: str, group: str) -> str:
    """Renaming the group, as a mend: not where anything of it is mounted, or may be through another
    volume that it spans. A system that boots from it would not find it again.
    """
    alone = [pv.name for pv in facts.of(host, LVM).pvs if pv.vg == group]
    used = [mount for _, part in members(answers, facts, host) for mount in mounts_on(part.holders)]
    if len(alone) > 1 or used:
        return ""
    return f", or vgrename {group} {answers.lvm.vg}"


def _users(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """What stands on the mirror in another way than as its physical volume: an opened cipher, or
    file systems and volume groups on partitions of the mirror, which are there though nothing of
    them is in use. On a physical volume that LVM hides it may be its own volumes: that one is told
    by itself.
    """
    if facts.of(host, MIRROR_CONTENT) == _PHYSICAL_VOLUME:
        return
    device = answers.raid.device
    using = []
    for _, part in members(answers, facts, host):
        for holder in part.holders:
            is_used = holder.kind != "part" or holder.mounts
            if is_used and holder.path != device:
                using.append(holder.path)
    for pv in facts.of(host, LVM).pvs:
        if re.fullmatch(rf"{re.escape(device)}p\d+", pv.name):
            using.append(f"{pv.name} ({pv.vg or 'a physical volume'})")
    if using:
        yield Finding(
            host,
            what=f"{device} is not the physical volume itself, and something else is on it: "
            f"{', '.join(dict.fromkeys(using))}",
            mend="what is needed is moved to other disks first; then stop and unmount what is "
            f"there (lsblk {device}; vgremove, pvremove, cryptsetup close) and empty it: "
            f"wipefs --all --force {device}",
        )


def _content_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """What is on a mirror that LVM does not know as a physical volume."""
    device = answers.raid.device
    kind = facts.of(host, MIRROR_CONTENT)
    if kind == _PHYSICAL_VOLUME and facts.of(host, LVM).installed:
        yield Finding(
            host,
            what=f"{device} is a physical volume, and pvs does not show it",
            mend="look at filter and global_filter in /etc/lvm/lvm.conf and lvmlocal.conf: they "
            "must admit md devices; and at use_devicesfile there: where it is 1, LVM sees only "
            "what is in its list (lvmdevices), and it is to be 0",
        )
    elif kind == UNREAD:
        yield Finding(
            host,
            what=f"nobody knows what {device} holds: wipefs could not read it",
            mend=f"look again; when it stays so: wipefs {device}; dmesg; cat /proc/mdstat",
        )
    elif kind not in _OURS and not erasable(answers, facts, host):
        words = " and ".join(_words(answers, facts, host))
        yield Finding(
            host,
            what=f"{device} holds {kind}",
            mend="save what is needed, then empty it yourself (F2 opens a shell): wipefs --all "
            f"{device}; in an answers file: {words} in partition.erase",
        )


def _size_findings(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    device = answers.raid.device
    array = facts.of(host, MD).array(device)
    if array is None or facts.of(host, LVM).vg(answers.lvm.vg):
        return
    mib = array.size // MIB
    if mib - _LVM_OWN_MIB < VG_MIB:
        yield Finding(
            host,
            what=f"{device} has {mib} MiB; Ganeti refuses a volume group under {VG_MIB} MiB "
            "(20 GiB)",
            mend="make the data partitions larger",
            step="partition",
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The group is there on every node, on the mirror, whole, and large enough for Ganeti."""
    device = answers.raid.device
    name = answers.lvm.vg
    for node in answers.nodes:
        lvm = facts.of(node.short, LVM)
        vg = lvm.vg(name)
        if vg is None:
            yield Finding(node.short, what=f"there is no volume group {name}", step=THIS_STEP)
            continue
        fault = lvm.fault(name)
        if fault:
            yield Finding(node.short, what=fault.what, mend=fault.mend)
        pv = lvm.pv(device)
        if pv is None or pv.vg != name:
            yield Finding(
                node.short,
                what=f"{name} is not on {device}",
                mend="look at it with pvs and vgs",
            )
        yield from _on_one_disk(answers, facts, node.short)
        if vg.missing:
            yield Finding(
                node.short,
                what=f"{name} lacks {vg.missing} of its physical volumes",
                mend=f"pvs; bring the disk back, then vgextend --restoremissing {name} DEVICE; one "
                f"that is lost for good: vgreduce --removemissing {name}, which leaves volumes "
                "with a part on it alone",
            )
        if vg.mib < VG_MIB:
            yield Finding(
                node.short,
                what=f"{name} has {vg.mib} MiB; Ganeti refuses less than {VG_MIB} MiB (20 GiB)",
                mend="make the data partitions larger",
                step="partition",
            )


def _on_one_disk(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """What else the group lies on and is in no mirror: an instance's disk may come to lie there,
    and while one disk is missing LVM changes nothing in the whole group ("Cannot change VG while
    PVs are missing", lib/metadata/metadata.c).
    """
    name = answers.lvm.vg
    mirror = facts.of(host, MD).array(answers.raid.device)
    halves = mirror.paths if mirror else ()
    for pv in facts.of(host, LVM).pvs:
        # A device that is missing is listed as [unknown]; a half is a finding of its own.
        if pv.vg != name or pv.name in halves or not pv.name.startswith("/"):
            continue
        if not _is_mirrored(facts, host, pv.name):
            yield Finding(
                host,
                what=f"{name} lies on {pv.name} as well, which is in no mirror that is seen here: "
                "unless a controller mirrors it, what comes to lie there is lost with one disk",
                mend=f"pvmove {pv.name}; vgreduce {name} {pv.name}",
            )


def _is_mirrored(facts: Facts, host: str, device: str) -> bool:
    """Whether a device is an array that bears the loss of a disk."""
    for array in facts.of(host, MD).arrays:
        if same_device(array.path, device):
            return array.level not in _WITHOUT_SPARE_COPY
    return False
