"""Bring each instance back to the server that the answers have for it, with a short stop."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover.planned.commands import still_there
from steps.recover.planned.kernels import missed, unbootable
from steps.recover.planned.obstacles import differs, drained, mute
from steps.recover.scene import Scene
from steps.recover.situations.instances import replicated
from steps.recover.steps.common import acting, recovery_step
from steps.recover.steps.vote import all_well
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step


def away(scene: Scene) -> list[Guest]:
    """The instances that Ganeti has elsewhere than the answers, and can bring back."""
    homes = {wanted.name: wanted.primary for wanted in scene.answers.guests}
    guests = []
    for guest in scene.guests:
        elsewhere = guest.name in homes and scene.primary(guest) != homes[guest.name]
        if elsewhere and scene.mirrored(guest):
            guests.append(guest)
    return guests


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """A planned move wants both copies whole and both servers well."""
    guests = away(scene)
    if not guests:
        return
    yield from all_well(scene)
    if not acting(scene):
        yield Finding("", "no node acts as master", mend="ganeti-wizard recover diagnose")
    yield from mute(scene)
    homes = {wanted.name: wanted.primary for wanted in scene.answers.guests}
    for home in dict.fromkeys(homes[guest.name] for guest in guests):
        yield from drained(scene, home)
    for guest in guests:
        if guest.state == "up":
            yield from unbootable(scene, guest, homes[guest.name])
            if not replicated(scene, guest):
                yield Finding("", f"the copies of {guest.name} are not the same", step="connect")
            continue
        # Ganeti takes the disks of one that it stops down: nothing replicates them meanwhile.
        for disk in scene.disks_of(guest):
            yield from differs(scene, disk)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """One after the other, each only while it is not at home, and while Ganeti has it where it was
    seen: a second failover would undo the first.
    """
    homes = {wanted.name: wanted.primary for wanted in scene.answers.guests}
    for guest in away(scene):
        risk = ""
        if guest.state == "up":
            stop = "it is shut down, and started on the other server"
            risk = "; ".join(filter(None, (stop, missed(scene, guest, homes[guest.name]))))
        yield Command(
            scene.master,
            ("gnt-instance", "failover", "-f", *SUBMIT, guest.name),
            "its home is where the answers have it, and both copies are the same",
            Danger.OUTAGE,
            risk=risk,
            undo="the same command once more",
            kind=Kind.JOB,
            ok=(0, 1),
            guard=still_there(scene, guest),
            minutes=2,
        )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each is at home, and runs there if it should run."""
    for guest in away(scene):
        yield Finding("", f"{guest.name} is not at home", step=THIS_STEP)
    for guest in scene.guests:
        if guest.state == "up" and not scene.runs_on(guest):
            mend = "ganeti-wizard recover diagnose"
            yield Finding(scene.primary(guest), f"{guest.name} does not run", mend=mend)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "bring",
        "Bring the instances home",
        "With each instance on its own server the load is as planned, and an accident of one "
        "server stops no more than it has to.",
        "gnt-instance failover -f INSTANCE, one after the other",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=4,
    )
