"""Tell Ganeti that a node is gone: nothing waits for it any more, and its certificate is worth
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.scene import Scene
from steps.recover.steps.claimed import objections
from steps.recover.steps.common import acting, lost_node, quiet, recovery_step
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step


def mark_offline(scene: Scene, host: str, *, on: str, guard: str = "", stage: int = 0) -> Command:
    """The command, given on the master. It may end in an error and be done all the same: the facts
    decide (seen on Ganeti 3.0.2).
    """
    name = scene.answers.node(host).name
    return Command(
        on,
        ("gnt-node", "modify", "-f", "-O", "yes", *SUBMIT, name),
        f"only this bars {host}: its certificate would let it overwrite the configuration",
        Danger.OUTAGE,
        risk=f"Ganeti gives {host} nothing to do until it is added again",
        undo=f"gnt-node add --readd {name}, as the runbook `rejoin` does",
        kind=Kind.JOB,
        ok=(0, 1),
        guard=guard,
        stage=stage,
        minutes=1,
    )


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """A node that is gone is claimed so, and the master answers."""
    lost = lost_node(case, scene)
    if scene.is_offline(lost):
        return
    if not acting(scene):
        what = "no node acts as master"
        yield Finding("", what, mend="ganeti-wizard recover diagnose says how to get one")
        return
    yield from objections(case, scene, scene.master)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The mark, given on the master."""
    lost = lost_node(case, scene)
    if not scene.is_offline(lost):
        guard = quiet(scene, scene.answers.node(lost).addresses)
        yield mark_offline(scene, lost, on=scene.master, guard=guard)


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The node is marked."""
    lost = lost_node(case, scene)
    if not scene.is_offline(lost):
        yield Finding(lost, "is not marked offline", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "offline",
        "Mark the dead node offline",
        "Each order of Ganeti waits for every node that counts as there. A former master that "
        "comes back must not be obeyed.",
        "gnt-node modify -f -O yes NODE",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=1.5,
    )
