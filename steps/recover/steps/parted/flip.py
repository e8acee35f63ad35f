"""Make the node with the newer data Ganeti's primary, while the instance stands still."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import gate, source_of
from steps.recover.planned.obstacles import mute
from steps.recover.scene import Scene
from steps.recover.situations.apart import is_parted
from steps.recover.situations.instances import replicated
from steps.recover.steps.common import acting, has_on, recovery_step, start
from steps.recover.steps.parted import common
from steps.recover.steps.vote import all_well
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step


def turned(scene: Scene) -> Iterator[tuple[Guest, str]]:
    """The instances whose every disk would come from the node that is not Ganeti's primary."""
    for guest in scene.guests:
        source = source_of(scene, guest)
        apart = any(is_parted(scene, disk) for disk in scene.disks_of(guest))
        if apart and source and source != scene.primary(guest):
            yield guest, source


def stopped(scene: Scene) -> Iterator[Guest]:
    """The instances that should run and run nowhere, though Ganeti has them on the right node."""
    all_answer = len(scene.answering) == len(scene.nodes)
    for guest in scene.guests:
        if not all_answer or guest.state != "up" or scene.runs_on(guest):
            continue
        if scene.disks_of(guest) and (replicated(scene, guest) or not list(gate(scene, guest))):
            yield guest


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Ganeti takes orders, and both nodes are there; what has diverged is in neither list."""
    guests = list(turned(scene))
    if not guests and not list(stopped(scene)):
        return
    if not acting(scene):
        yield Finding("", "no node acts as master", mend=common.LOOK)
    yield from all_well(scene)
    # What is started or exchanged may run there: `gnt-instance startup` asks the primary only.
    yield from mute(scene)
    for guest, source in guests:
        home = scene.primary(guest)
        if common.runs(scene, guest, home):
            what = f"{guest.name} runs here, on older data than {source} has"
            yield Finding(home, what, mend=common.LOOK)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Stop it, exchange the primary once; Ganeti starts it there, as it counts as running."""
    guests = list(turned(scene))
    for guest, source in guests:
        if common.runs(scene, guest, source):
            yield common.stop_by_hand(scene, guest, source)
        why = "with its disks down a failover exchanges the primary and asks no disk"
        yield common.shut_down(scene, guest, why, stage=1)
        yield _fail_over(scene, guest, source)
    moved = [guest.name for guest, _ in guests]
    for guest in stopped(scene):
        if guest.name not in moved:
            why = f"Ganeti has it on {scene.primary(guest)}, where it does not run"
            yield start(scene, guest, why)


def _fail_over(scene: Scene, guest: Guest, source: str) -> Command:
    home = scene.answers.node(scene.primary(guest)).name
    return Command(
        scene.master,
        ("gnt-instance", "failover", "-f", *SUBMIT, guest.name),
        f"{source} has the data that is kept: it becomes the primary",
        Danger.OUTAGE,
        risk="a second one would make it run on the older data",
        undo="the runbook `home`, once both copies are the same",
        kind=Kind.JOB,
        ok=(0, 1),
        guard=has_on(guest, home),
        turning=True,
        stage=2,
        minutes=2,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Ganeti has each on the node with the newer data, and it runs."""
    for guest, source in turned(scene):
        yield Finding(source, f"it is not Ganeti's primary of {guest.name}", step=THIS_STEP)
    for guest in stopped(scene):
        yield Finding(scene.primary(guest), f"{guest.name} does not run", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "flip",
        "Make the node with the data that is kept the primary",
        "Ganeti makes its primary the source without waiting for the two copies' agreement: on the "
        "wrong node the instance would run on old data.",
        "gnt-instance shutdown --no-remember, then gnt-instance failover -f, once",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=4,
    )
