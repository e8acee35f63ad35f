"""Take the lost half out of every mirror of the server at once."""

from __future__ import annotations

from collections.abc import Iterator

from steps.disks.facts.disk import Disk
from steps.disks.facts.md import Array, Member
from steps.disks.wording import identified
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.storage.mirrors import Mirrors, leaving
from steps.recover.storage.replacement import Target, is_disk, still_good, target, unfit
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Step

DROP = """mdadm "$1" --fail "$2"; n=0
until mdadm "$1" --remove "$2"; do
  n=$((n + 1)); [ "$n" -lt 10 ] || exec mdadm "$1" --fail detached --remove detached
  sleep 1
done"""
"""The kernel lets go of a failed half a moment later: until then it is busy. What never goes may be
a device that is gone, whose name another disk has got meanwhile.
"""
DETACHED = "detached"
"""Every member whose device is gone (mdadm(8), MANAGE MODE)."""


def gone(chosen: Target | None) -> list[tuple[Array, Member]]:
    """The halves that have to go."""
    return list(leaving(chosen.now, chosen.disk)) if chosen is not None else []


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Each half that is neither on the good disk nor on the new one; what has no device any more
    goes by that.
    """
    chosen = target(case, scene)
    detached: set[str] = set()
    for array, member in gone(chosen):
        assert chosen is not None
        disk = chosen.now.disk_of(member.path)
        if disk is not None:
            yield _drop(scene, chosen.now, array, member, disk)
        elif array.path not in detached:
            detached.add(array.path)
            yield _drop_detached(chosen.now, array)


def _drop(scene: Scene, now: Mirrors, array: Array, member: Member, disk: Disk) -> Command:
    risk = ""
    if not member.faulty:
        risk = f"{array.path} runs on one half from now on: {identified(disk)} is to go"
    return Command(
        now.host,
        ("sh", "-c", DROP, "drop", array.path, member.path),
        f"{member.path} is on {identified(disk)}, which leaves all mirrors at once",
        risk=risk,
        undo=f"mdadm {array.path} --re-add {member.path}",
        guard=f"{is_disk(scene, now.host, disk)} && {still_good(now, (array,))}",
        title=f"mdadm {array.path} --fail {member.path} --remove {member.path}",
        minutes=0.2,
    )


def _drop_detached(now: Mirrors, array: Array) -> Command:
    return Command(
        now.host,
        ("mdadm", array.path, "--fail", DETACHED, "--remove", DETACHED),
        f"{array.path} still counts on a half whose device is gone",
        undo="none needed: nothing is there",
        guard=still_good(now, (array,)),
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """No mirror has a half on a disk that leaves."""
    chosen = target(case, scene)
    for array, member in gone(chosen):
        host = chosen.host if chosen else ""
        yield Finding(host, f"{member.path} is still in {array.path}", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "drop",
        "Take the lost half out of every mirror",
        "A disk that fails in one mirror fails in the next one soon, and who pulls it takes all "
        "its halves along.",
        "mdadm ARRAY --fail PARTITION --remove PARTITION, in each array",
        plan=plan,
        verify=verify,
        blockers=unfit,
        minutes=0.5,
    )
