"""Start what Ganeti's watcher has given up, where the right copy of its disks is the source."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import gate
from steps.recover.scene import Scene
from steps.recover.situations.instances import replicated
from steps.recover.situations.words import GATE_LIFTED
from steps.recover.steps.common import acting, recovery_step, start
from wizard.base.names import short
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Step


def idle(scene: Scene) -> list[Guest]:
    """The instances that should run and run on no server that answers."""
    return [guest for guest in scene.guests if guest.state == "up" and not scene.runs_on(guest)]


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """It may run where nobody could look; and the disks must not be activated from the wrong
    side.
    """
    guests = idle(scene)
    if not guests:
        return
    if not acting(scene):
        yield Finding("", "no node acts as master", mend="ganeti-wizard recover diagnose")
    for node in scene.nodes:
        hypervisor = scene.read(node.short, HYPERVISOR)
        if hypervisor is None or hypervisor.silent:
            # `gnt-instance startup` asks the primary only (instance_operation.py, 152).
            yield Finding(node.short, "does not say what runs there", mend="xl list there")
    for guest in guests:
        if not replicated(scene, guest):
            for objection in gate(scene, guest):
                yield Finding(scene.primary(guest), objection, mend=f"until {GATE_LIFTED}")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """One after the other, on the node that Ganeti has for it."""
    for guest in idle(scene):
        why = f"{short(guest.name)} should run, and the watcher does not try again for hours"
        yield start(scene, guest, why, Danger.CHANGE)


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each of them runs."""
    for guest in idle(scene):
        yield Finding(scene.primary(guest), f"{guest.name} does not run", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "start",
        "Start what stands still",
        "After five starts in vain Ganeti's watcher leaves an instance alone for eight hours.",
        "gnt-instance startup INSTANCE, where every disk has the right source",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
