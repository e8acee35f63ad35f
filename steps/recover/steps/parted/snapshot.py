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
from steps.recover.steps.parted.common import Volume
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
    """The snapshot of a volume in this accident: its moment, which `KEPT` reads, ends the name."""
    moment, _, _ = case.accident.partition("-")
    return f"{PREFIX}{volume}-{moment}"


def wanted(case: Case, scene: Scene, side: Side) -> dict[Volume, str]:
    """The volumes that are given up, each with the name of its snapshot."""
    names = {}
    for disk in undecided(scene, side):
        for volume in common.volumes(disk):
            names[volume] = name_of(case, volume.name)
    return names


def missing(case: Case, scene: Scene, side: Side) -> dict[Volume, str]:
    """Those that have no snapshot yet."""
    snapshots = scene.read(side.victim, KEPT)
    there = snapshots.names if snapshots else ()
    names = {}
    for volume, name in wanted(case, scene, side).items():
        if name not in there:
            names[volume] = name
    return names


def accepted(case: Case, scene: Scene, side: Side) -> bool:
    """Whether somebody agreed in this accident that there is no way back."""
    hold = scene.read(side.victim, HOLDS)
    return hold is not None and case.accident in hold.no_way_back


def kept(case: Case, scene: Scene, side: Side) -> bool:
    """Whether nothing more can be done for a way back."""
    return accepted(case, scene, side) or not missing(case, scene, side)


def _needed_mib(scene: Scene, host: str, volumes: list[Volume]) -> dict[str, int] | None:
    """By volume group, the room for snapshots of all these volumes; None where a size is not
    known.
    """
    replicas = scene.read(host, REPLICAS)
    sizes = {}
    for replica in replicas.volumes if replicas else ():
        sizes[replica.path] = replica.size_mib
    needed = dict.fromkeys((volume.group for volume in volumes), 0)
    for volume in volumes:
        size = sizes.get(str(volume))
        if size is None:
            return None
        needed[volume.group] += ceil(size * OVERHEAD) + ROUNDED_MIB
    return needed


def _free_mib(scene: Scene, host: str, name: str) -> int | None:
    """The room in a volume group; None where it is not known."""
    lvm = scene.read(host, LVM)
    group = lvm.vg(name) if lvm else None
    return group.free // MIB if group else None


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The side stands alone, and its volumes and their group can be read."""
    side = common.decided(case, scene)
    if side is None or kept(case, scene, side):
        return
    yield from common.objections(scene, side)
    if not common.parted(scene, side):
        what = f"{side.guest.name} is not given up here yet"
        yield Finding(side.victim, what, step="part")
    snapshots = scene.read(side.victim, KEPT)
    if snapshots is None or _room(case, scene, side) is None:
        yield Finding(side.victim, "its volumes could not be read", mend="lvs there")


def _room(case: Case, scene: Scene, side: Side) -> bool | None:
    """Whether all snapshots fit; None where that could not be read."""
    volumes = list(missing(case, scene, side))
    needed = _needed_mib(scene, side.victim, volumes)
    if needed is None:
        return None
    fits = True
    for group, room in needed.items():
        free = _free_mib(scene, side.victim, group)
        if free is None:
            return None
        fits = fits and room <= free
    return fits


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The snapshots, of the data and of DRBD's own metadata; without room the word."""
    side = common.decided(case, scene)
    if side is None or kept(case, scene, side):
        return
    if not _room(case, scene, side):
        yield _without(case, side)
        return
    for volume, name in missing(case, scene, side).items():
        yield Command(
            side.victim,
            # Smaller, it would run full: the resync writes every block (lvcreate(8)).
            ("lvcreate", "-s", "-l", "100%ORIGIN", "-n", name, str(volume)),
            f"keeps what {side.victim} alone has, as it is now, for as long as you want",
            undo=f"lvremove {volume.group}/{name}",
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
    if side is None or kept(case, scene, side):
        return
    for volume in missing(case, scene, side):
        what = f"{volume.name} has no snapshot"
        yield Finding(side.victim, what, step=THIS_STEP)


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
