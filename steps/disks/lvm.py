"""Row 4 of the article: the volume group on the data mirror, of the same name on every node."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import apt
from steps.common.sizes import MIB
from steps.disks.facts.lvm import LVM, MIRROR_CONTENT, UNREAD
from steps.disks.facts.md import MD
from steps.disks.layout import FACTS, VG_MIB, members
from steps.disks.overwrite import word
from wizard.answers import Answers, Lvm
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Finding, Kind, Step

_OURS = ("", "LVM2_member")


def _words(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    return tuple(word(answers, facts, host, disk) for disk, _ in members(answers, facts, host))


def _erasable(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    """The words of the mirror's disks when all of them were given for overwriting."""
    words = _words(answers, facts, host)
    return words if words and set(words) <= set(answers.partition.erase) else ()


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No mirror, something else on it, a group of that name elsewhere, a group too small for
    Ganeti.
    """
    device, name = answers.raid.device, answers.lvm.vg
    for node in answers.nodes:
        host = node.short
        yield from apt.blockers(facts, host, ("lvm2",))
        array = facts.of(host, MD).array(device)
        if array is None or not array.active:
            yield Finding(host, f"{device} does not run", "run the step raid first")
            continue
        parts = [part.path for _, part in members(answers, facts, host)]
        if not set(array.paths) <= set(parts):
            what = f"{device} is not the data mirror: it is made of {', '.join(array.paths)}"
            yield Finding(
                host, what, "name the data mirror in raid.device, and run the step raid first"
            )
            continue
        lvm = facts.of(host, LVM)
        pv, vg = lvm.pv(device), lvm.vg(name)
        if pv and pv.vg not in ("", name):
            what = f"{device} belongs to the volume group {pv.vg}, not to {name}"
            yield Finding(
                host, what, f"set lvm.vg to {pv.vg} on all nodes, or vgrename {pv.vg} {name}"
            )
        others = [one.name for one in lvm.pvs if one.vg == name and one.name != device]
        if vg and others and not (pv and pv.vg == name):
            what = f"a volume group {name} exists already, on {', '.join(others)}"
            yield Finding(host, what, "choose another name in lvm.vg, the same on all nodes")
        kind = facts.of(host, MIRROR_CONTENT)
        if lvm.installed and not pv and kind == "LVM2_member":
            what = f"{device} is a physical volume, and pvs does not show it"
            yield Finding(
                host,
                what,
                "look at filter and global_filter in /etc/lvm/lvm.conf: they must admit md devices",
            )
        elif not pv and kind == UNREAD:
            mend = f"look again; when it stays so: wipefs {device}; dmesg; cat /proc/mdstat"
            yield Finding(host, f"nobody knows what {device} holds: wipefs could not read it", mend)
        elif not pv and kind not in _OURS and not _erasable(answers, facts, host):
            words = " and ".join(_words(answers, facts, host))
            what = f"{device} holds {kind}"
            mend = (
                "save what is needed, then empty it yourself (F2 opens a shell): wipefs "
                f"--all {device}"
            )
            yield Finding(host, what, f"{mend}; in an answers file: {words} in partition.erase")
        if not vg and array.size // MIB - 8 < VG_MIB:
            what = (
                f"{device} has {array.size // MIB} MiB; Ganeti refuses a volume group "
                f"under {VG_MIB} MiB (20 GiB)"
            )
            yield Finding(host, what, "make the data partitions larger (step partition)")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """The tools, the physical volume, the group: whichever is missing.

    Where the mirror already is a physical volume and the tools are missing, they come first and
    alone: only they can tell which group it belongs to.
    """
    device, name = answers.raid.device, answers.lvm.vg
    for node in answers.nodes:
        host = node.short
        lvm = facts.of(host, LVM)
        yield from apt.install(facts, host, ("lvm2",), "the tools for volume groups", minutes=2.0)
        kind = facts.of(host, MIRROR_CONTENT)
        if not lvm.installed and kind == "LVM2_member":
            continue
        if not lvm.pv(device):
            if kind:
                yield _erase(host, device, kind, _erasable(answers, facts, host))
            yield Command(
                host,
                ("pvcreate", "--yes", device),
                "give the mirror to LVM",
                risk=f"writes LVM's label to {device}, which is empty",
                undo=f"pvremove {device}",
                kind=Kind.UNIT,
            )
        if not lvm.vg(name):
            yield Command(
                host,
                ("vgcreate", name, device),
                "the instances' disks come out of this group; it has the same name on every node",
                risk="writes LVM metadata",
                undo=f"vgremove {name}",
                kind=Kind.UNIT,
            )


def _erase(host: str, device: str, kind: str, words: tuple[str, ...]) -> Command:
    return Command(
        host,
        ("wipefs", "--all", device),
        f"remove the old signature ({kind}) from {device}: {' and '.join(words)} were typed",
        danger=Danger.DESTROY,
        risk=f"what was stored on {device} ({kind}) is lost",
        undo="none: restore from a backup",
        kind=Kind.UNIT,
        confirm=words[0],
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The group is there on every node, on the mirror, whole, and large enough for Ganeti."""
    device, name = answers.raid.device, answers.lvm.vg
    for node in answers.nodes:
        lvm = facts.of(node.short, LVM)
        pv, vg = lvm.pv(device), lvm.vg(name)
        if vg is None:
            yield Finding(node.short, f"there is no volume group {name}", "run the step lvm")
            continue
        if pv is None or pv.vg != name:
            yield Finding(node.short, f"{name} is not on {device}", "look at it with pvs and vgs")
        if vg.missing:
            yield Finding(
                node.short,
                f"{name} lacks {vg.missing} of its physical volumes",
                f"vgs -o +devices {name}",
            )
        if vg.mib < VG_MIB:
            what = f"{name} has {vg.mib} MiB; Ganeti refuses less than {VG_MIB} MiB (20 GiB)"
            yield Finding(node.short, what, "make the data partitions larger (step partition)")


STEP = Step(
    id="lvm",
    title="The volume group",
    reason=(
        "The instances' disks are volumes that are made, copied and removed at will, so they "
        "need a volume group, of the same name on every server. Ganeti wants at least 20 GiB in "
        "it."
    ),
    then="apt-get install lvm2; pvcreate /dev/md1; vgcreate xenvg /dev/md1",
    now="the same",
    section=Lvm,
    facts=(*FACTS, LVM, MIRROR_CONTENT, *apt.FACTS),
    needs=("raid",),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=3.0,
)
