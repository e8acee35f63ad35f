"""Let the side that is given up stand alone: nothing runs on it, and it connects to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.drbdminors import Minor
from steps.recover import holding
from steps.recover.copies import minor_of
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.steps.parted import common
from steps.recover.victims import Side, diverged
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Step

LET_GO = """n=0; until drbdsetup secondary "$1"; do
n=$((n + 1)); [ $n -lt 10 ] || exit 1; sleep 1; done"""
"""A disk is in use for some moments more after its domain is gone."""
DISCONNECT = """set -e
words=$(drbdsetup show "$1" | awk '
  /_this_host/ { side = "own" } /_remote_host/ { side = "peer" }
  $1 == "address" { sub(/;$/, "", $3); at[side] = $2 ":" $3 }
  END { print at["own"], at["peer"] }')
set -f; drbdsetup disconnect $words
n=0; until grep -q "^ *$1: cs:StandAlone " /proc/drbd; do
n=$((n + 1)); [ $n -lt 10 ] || exit 1; sleep 1; done"""
"""The addresses as DRBD has them; the rest of what it shows holds a secret."""


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """A choice, while there is anything to choose, and nothing that speaks against it."""
    side = common.decided(case, scene)
    if side is not None:
        yield from common.objections(scene, side)
    elif not case.chosen:
        for guest in scene.guests:
            if diverged(scene, guest):
                what = f"nobody has chosen which side of {guest.name} is given up"
                yield Finding("", what, mend="--choose victim=NODE/INSTANCE")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Stop what runs on that side, then let go of its disks, then of the connection."""
    side = common.decided(case, scene)
    if side is None or common.parted(scene, side):
        return
    if scene.primary(side.guest) == side.victim:
        yield from _stop(scene, side)
        return
    if common.runs(scene, side.guest, side.victim):
        yield _destroy(scene, side)
    for minor in common.minors(scene, side.guest, side.victim):
        if minor.role == "Primary":
            yield _let_go(side, minor)
        if minor.cs != "StandAlone":
            yield _disconnect(side, minor)


def _stop(scene: Scene, side: Side) -> Iterator[Command]:
    """It is Ganeti's primary: Ganeti stops it there, and takes the disks down."""
    why = f"its data on {side.victim} is given up; it goes on with {side.survivor}'s"
    yield common.shut_down(scene, side.guest, why)
    if common.runs(scene, side.guest, side.survivor):
        yield common.stop_by_hand(scene, side.guest, side.survivor, stage=1)


def _destroy(scene: Scene, side: Side) -> Command:
    guards = []
    for disk in scene.disks_of(side.guest):
        guards.append(common.unchanged(scene, disk, side.victim))
        guards.append(common.kept_whole(scene, disk, side.survivor))
    return Command(
        side.victim,
        holding.destroy(scene, side.victim, side.guest.name),
        f"this second copy of it ran on the data that is given up; {side.survivor}'s goes on",
        Danger.DESTROY,
        risk="who is connected to this copy loses what it has in memory; a shutdown would write",
        undo="none: what this copy had in memory is gone",
        confirm=side.word,
        guard=" && ".join(guards),
        title=holding.typed(scene, side.victim, "destroy", side.guest.name),
    )


def _let_go(side: Side, minor: Minor) -> Command:
    return Command(
        side.victim,
        ("sh", "-c", LET_GO, "secondary", str(minor.number)),
        "only a copy that nobody uses can be given up",
        undo=f"drbdsetup primary {minor.number}",
        title=f"drbdsetup secondary {minor.number}",
    )


def _disconnect(side: Side, minor: Minor) -> Command:
    return Command(
        side.victim,
        ("sh", "-c", DISCONNECT, "disconnect", str(minor.number)),
        "while it waits for its peer, the two could meet before it is decided",
        undo=f"gnt-instance activate-disks {side.guest.name}",
        title=f"drbdsetup disconnect the addresses of resource{minor.number}",
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """It stands alone."""
    side = common.decided(case, scene)
    if side is None or common.parted(scene, side):
        return
    if common.runs(scene, side.guest, side.victim):
        yield Finding(side.victim, f"{side.guest.name} runs here", step=THIS_STEP)
    for disk in scene.disks_of(side.guest):
        minor = minor_of(scene, disk, side.victim)
        if minor is not None and (minor.cs, minor.role) != ("StandAlone", "Secondary"):
            yield Finding(side.victim, f"{disk.label}: {minor.states}", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "part",
        "Let the side that is given up stand alone",
        "Two copies that may meet at any moment settle it between themselves, perhaps the other "
        "way round.",
        "drbdsetup secondary and disconnect there; gnt-instance shutdown where Ganeti runs it",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
