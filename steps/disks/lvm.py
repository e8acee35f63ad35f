"""Row 4 of the article: the volume group on the data mirror, of the same name on every node."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import apt
from steps.disks import lvm_back
from steps.disks.facts.lvm import LVM, MIRROR_CONTENT
from steps.disks.layout import FACTS
from steps.disks.lvm_checks import blockers, erasable, verify
from wizard.answers import Answers, Lvm
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Kind, Step


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """The tools, the physical volume, the group: whichever is missing.

    Where the mirror already is a physical volume and the tools are missing, they come first and
    alone: only they can tell which group it belongs to.
    """
    device = answers.raid.device
    name = answers.lvm.vg
    for node in answers.nodes:
        host = node.short
        lvm = facts.of(host, LVM)
        yield from apt.install(facts, host, ("lvm2",), "the tools for volume groups", minutes=2.0)
        kind = facts.of(host, MIRROR_CONTENT)
        if not lvm.installed and kind == "LVM2_member":
            continue
        if not lvm.pv(device):
            if kind:
                yield _erase(host, device, kind, erasable(answers, facts, host))
            yield Command(
                host,
                ("pvcreate", "--yes", device),
                "give the mirror to LVM",
                risk=f"writes LVM's label to {device}, which is empty",
                undo=lvm_back.no_volume(device),
                kind=Kind.UNIT,
            )
        if not lvm.vg(name):
            yield Command(
                host,
                ("vgcreate", name, device),
                "the instances' disks come out of this group; it has the same name on every node",
                risk="writes LVM metadata",
                undo=lvm_back.no_group(name, device),
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
