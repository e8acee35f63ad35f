"""Keep what is given up: a snapshot of each of its volumes, or a word that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from steps.disks.facts.lvm import LVM
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.kept import KEPT, PREFIX
from steps.recover.facts.hold import HOLD, HOLDS, NO_WAY_BACK
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.steps.parted import common
from steps.recover.victims import Side, undecided
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Step

CONSENT = "no way back"
"""What is typed where there is no room for snapshots."""
MIB = 1048576
OVERHEAD = 1.01
"""A snapshot that may hold every block of its origin is somewhat larger: 16 bytes for each chunk of
4 KiB (kernel, dm-snap-persistent.c).
"""
ROUNDED_MIB = 8
"""And rounded up to whole extents."""


def name_of(case: Case, volume: str) -> str:
    """The snapshot of a volume in this accident."""
    return f"{PREFIX}{volume}-{case.accident.partition('-')[0]}"


def wanted(case: Case, scene: Scene, side: Side) -> dict[str, str]:
    """The volumes that are given up, each with the name of its snapshot."""
    names = {}
    for disk in undecided(scene, side):
        for volume in common.volumes(disk):
            names[volume] = name_of(case, volume)
    return names


def missing(case: Case, scene: Scene, side: Side) -> dict[str, str]:
    """Those that have no snapshot yet."""
    snapshots = scene.read(side.victim, KEPT)
    there = snapshots.names if snapshots else ()
    names = wanted(case, scene, side)
    return {volume: name for volume, name in names.items() if name not in there}


def accepted(case: Case, scene: Scene, side: Side) -> bool:
    """Whether somebody agreed in this accident that there is no way back."""
    hold = scene.read(side.victim, HOLDS)
    return hold is not None and case.accident in hold.no_way_back


def kept(case: Case, scene: Scene, side: Side) -> bool:
    """Whether nothing more can be done for a way back."""
    return accepted(case, scene, side) or not missing(case, scene, side)


def _needed_mib(scene: Scene, host: str, volumes: list[str]) -> int | None:
    replicas = scene.read(host, REPLICAS)
    sizes = {volume.name: volume.size_mib for volume in replicas.volumes} if replicas else {}
    if any(volume not in sizes for volume in volumes):
        return None
    return sum(ceil(sizes[volume] * OVERHEAD) + ROUNDED_MIB for volume in volumes)


def _free_mib(scene: Scene, host: str) -> int | None:
    lvm = scene.read(host, LVM)
    group = lvm.vg(scene.answers.lvm.vg) if lvm else None
    return group.free // MIB if group else None


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The side stands alone, and its volumes and their group can be read."""
    side = common.decided(case, scene)
    if side is None or kept(case, scene, side):
        return
    yield from common.objections(scene, side)
    if not common.parted(scene, side):
        yield Finding(side.victim, f"{side.guest.name} is not given up here yet", step="part")
    if scene.read(side.victim, KEPT) is None or _room(case, scene, side) is None:
        mend = f"lvs {scene.answers.lvm.vg} there"
        yield Finding(side.victim, "its volumes could not be read", mend=mend)


def _room(case: Case, scene: Scene, side: Side) -> bool | None:
    """Whether all snapshots fit; None where that could not be read."""
    needed = _needed_mib(scene, side.victim, list(missing(case, scene, side)))
    free = _free_mib(scene, side.victim)
    if needed is None or free is None:
        return None
    return needed <= free


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The snapshots, of the data and of DRBD's own metadata; without room the word."""
    side = common.decided(case, scene)
    if side is None or kept(case, scene, side):
        return
    if not _room(case, scene, side):
        yield _without(case, side)
        return
    group = scene.answers.lvm.vg
    for volume, name in missing(case, scene, side).items():
        yield Command(
            side.victim,
            # Smaller, it would run full: the resync writes every block (lvcreate(8)).
            ("lvcreate", "-s", "-l", "100%ORIGIN", "-n", name, f"{group}/{volume}"),
            f"keeps what {side.victim} alone has, as it is now, for as long as you want",
            undo=f"lvremove {group}/{name}",
            minutes=0.2,
        )


def _without(case: Case, side: Side) -> Command:
    return Command(
        side.victim,
        ("touch", f"{HOLD}/{NO_WAY_BACK}{case.accident}"),
        f"the volume group of {side.victim} has no room for snapshots of what is given up",
        Danger.DESTROY,
        risk=f"what only {side.victim} has of {side.guest.name} cannot be looked at any more",
        undo="until the next step: end here, and make room in the volume group",
        confirm=CONSENT,
        title="go on without snapshots",
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each volume that is given up has its snapshot, or nobody wants one."""
    side = common.decided(case, scene)
    if side is not None and not kept(case, scene, side):
        for volume in missing(case, scene, side):
            yield Finding(side.victim, f"{volume} has no snapshot", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "snapshot",
        "Keep what is given up",
        "Whoever finds out tomorrow that the other side was the better one can still look at it.",
        "lvcreate -s -l 100%ORIGIN for each volume of that side",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=1,
    )
