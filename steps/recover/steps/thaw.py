"""Let the watcher work again and give the hold back, where nothing that it does could do harm."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.copies import gate
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.hold import HOLD
from steps.recover.facts.lineage import LINEAGE
from steps.recover.scene import Scene
from steps.recover.situations.watcher import by_somebody_else, paused_until
from steps.recover.situations.words import GATE_LIFTED
from steps.recover.steps.common import acting, recovery_step
from steps.recover.steps.connect import apart
from steps.recover.steps.freeze import PAUSE
from steps.recover.steps.hold import owner
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

ALONE = "thaw"
"""The runbook that is this step alone."""


def paused(case: Case, scene: Scene, host: str) -> bool:
    """Whether the watcher of a node is paused now, by a runbook: whoever paused it for a work of
    his own did so on purpose. `recover thaw` ends any pause that is not longer than a runbook's.
    """
    lineage = scene.read(host, LINEAGE)
    if lineage is None or not paused_until(scene, host):
        return False
    asked_for = case.runbook == ALONE and not by_somebody_else(scene, host)
    return lineage.paused_by_us or asked_for


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """What the watcher would do wrong: connect copies the wrong way, start a second copy."""
    for host in scene.answering:
        holder = owner(scene, host)
        if holder not in (None, "", case.owner):
            yield Finding(host, f"{holder} works on a recovery here", mend="ask there")
    if not any(paused(case, scene, host) for host in scene.answering):
        return
    for guest in apart(scene):
        for objection in gate(scene, guest):
            yield Finding(scene.primary(guest), objection, mend=f"until {GATE_LIFTED}")
    for guest in scene.guests:
        if len(scene.runs_on(guest)) > 1:
            yield Finding("", f"{guest.name} runs twice", mend="the runbook `twice`")
    if len(scene.leading) > 1:
        yield Finding("", "two nodes act as master", mend="ganeti-wizard recover diagnose")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Ganeti verifies itself, then pause and hold go."""
    frozen = [host for host in scene.answering if paused(case, scene, host)]
    if frozen and acting(scene):
        yield Command(
            scene.master,
            ("gnt-cluster", "verify", "--error-codes"),
            "Ganeti's own view of the cluster, for the log; with a dead node it has complaints",
            Danger.READ,
            undo="none needed",
            kind=Kind.UNIT,
            ok=(0, 1),
            minutes=2,
        )
    for host in frozen:
        yield Command(
            host,
            ("rm", "-f", PAUSE),
            "from now on Ganeti's watcher starts and connects by itself again",
            undo="ganeti-wizard recover apply with any runbook pauses it again",
            stage=1,
        )
    for host in scene.answering:
        if owner(scene, host):
            yield Command(
                host,
                ("rm", "-r", HOLD),
                "the next accident finds the server free",
                undo="none needed",
                stage=2,
            )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """No pause and no hold is left."""
    for host in scene.answering:
        if paused(case, scene, host):
            yield Finding(host, "the watcher is still paused", step=THIS_STEP)
        if owner(scene, host):
            yield Finding(host, "is still held", step=THIS_STEP)
        running = scene.read(host, RUNNING)
        if running is None:
            yield Finding(host, "does not say which daemons run", mend="look again")


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "thaw",
        "Let the watcher work again",
        "A paused watcher starts nothing after the next power cut. It may work again as soon as "
        "each disk has its right source.",
        f"rm {PAUSE} and {HOLD} on every server that answers",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
