"""Hold the second copy of an instance still, at once: whatever else is wrong, it writes no more."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover import holding
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Step


def second(scene: Scene) -> Iterator[tuple[Guest, str]]:
    """Each instance that goes on on two servers, with the one that is not Ganeti's. Where one of
    them is held still already, whichever it is, nothing is gained by another stop.
    """
    for guest in scene.guests:
        hosts = holding.going_on(scene, guest)
        if len(hosts) < 2:
            continue
        for host in hosts:
            if host != scene.primary(guest):
                yield guest, host


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Which of the two is Ganeti's must be known."""
    for guest in scene.guests:
        if len(scene.runs_on(guest)) > 1 and not scene.primary(guest):
            yield Finding("", f"Ganeti's primary of {guest.name} is not known")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The pause, on the server that is not Ganeti's primary."""
    for guest, host in second(scene):
        yield Command(
            host,
            holding.pause(scene, host, guest.name),
            f"it runs on {scene.primary(guest)} as well; a shutdown from inside would write",
            Danger.OUTAGE,
            risk="who is connected to this copy waits; nothing is lost",
            undo=holding.typed(scene, host, "unpause", guest.name),
            title=holding.typed(scene, host, "pause", guest.name),
        )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """No second copy goes on."""
    for guest, host in second(scene):
        yield Finding(host, f"{guest.name} goes on here too", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "pause",
        "Hold the second copy still",
        "Two copies that both write cannot be made one again: each second costs one side's data.",
        "xl pause INSTANCE (under KVM kill -STOP), on the server that is not Ganeti's primary",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=0.2,
    )
