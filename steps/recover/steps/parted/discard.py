"""Throw one side's data away: its copy is marked as incomplete, to be overwritten as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.kept import PREFIX
from steps.recover.copies import foreseen, minor_of
from steps.recover.scene import Disk, Scene
from steps.recover.steps.common import recovery_step
from steps.recover.steps.parted import common, snapshot
from steps.recover.victims import Side, undecided
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Step


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The side stands alone, its snapshots are made, the other one is whole."""
    side = common.decided(case, scene)
    if side is None:
        return
    yield from common.objections(scene, side)
    if not common.parted(scene, side):
        yield Finding(side.victim, f"{side.guest.name} is not given up here yet", step="part")
    if not snapshot.kept(case, scene, side):
        yield Finding(side.victim, "what is given up is not kept yet", step="snapshot")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Each disk, by one word for all of them: two halves of two sides are no data."""
    side = common.decided(case, scene)
    if side is None:
        return
    for disk in undecided(scene, side):
        yield _invalidate(case, scene, side, disk)


def _invalidate(case: Case, scene: Scene, side: Side, disk: Disk) -> Command:
    data, _ = common.volumes(disk)
    kept = f"lvconvert --merge {data.group}/{PREFIX}…, while the minor is down"
    guards = (
        common.given_up(scene, disk, side.victim),
        common.unchanged(scene, disk, side.victim),
        common.kept_whole(scene, disk, side.survivor),
    )
    return Command(
        side.victim,
        _argv(scene, disk, side.victim),
        f"DRBD then takes {side.survivor}'s {disk.label} for the source, whatever happened",
        Danger.DESTROY,
        risk=f"what only {side.victim} has of {disk.label} is overwritten at the next connection",
        undo="none: there is no snapshot" if snapshot.accepted(case, scene, side) else kept,
        confirm=side.word,
        guard=" && ".join(guards),
        turning=True,
    )


def _argv(scene: Scene, disk: Disk, host: str) -> tuple[str, ...]:
    number = str(disk.minor_on(host))
    if minor_of(scene, disk, host) is not None:
        # Secondary and StandAlone, it becomes Inconsistent, every block out of sync
        # (drbd-8.4, drbd_nl.c, drbd_adm_invalidate).
        return ("drbdsetup", "invalidate", number)
    # The same in the metadata of a disk that is down (drbd-utils 9.22, drbdmeta.c,
    # m_invalidate_uuid); it refuses one that is attached.
    _, metadata = common.volumes(disk)
    return ("drbdmeta", number, "v08", f"/dev/{metadata}", "flex-external", "invalidate")


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Every disk would come from the side that is kept."""
    side = common.decided(case, scene)
    if side is None:
        return
    for disk in undecided(scene, side):
        made = foreseen(scene, disk)
        told = str(made) if made else "its identifiers could not be read"
        yield Finding(side.victim, f"{disk.label}: {told}", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "discard",
        "Throw one side's data away",
        "Two copies that were both written to cannot be made one: one is overwritten by the other, "
        "all disks of an instance alike.",
        "drbdsetup invalidate MINOR there; drbdmeta … invalidate where the disk is down",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=0.5,
    )
