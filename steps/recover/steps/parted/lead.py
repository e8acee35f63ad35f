"""Where the node that is back alone is the master by its configuration: it leads without a vote.

Where it is not, there is nothing to do here: the step `takeover` makes it master.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.recover.scene import Scene
from steps.recover.steps import alone
from steps.recover.steps.common import recovery_step
from steps.recover.steps.takeover import survivor
from wizard.model.accident import Case
from wizard.model.step import Command, Finding, Step


def is_master(case: Case, scene: Scene) -> bool:
    """Whether the only node that answers is the master by its own configuration."""
    host = survivor(case, scene)
    return bool(host) and scene.master == host


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Those of the step `alone`."""
    if is_master(case, scene):
        yield from alone.blockers(case, scene)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """That of the step `alone`."""
    if is_master(case, scene):
        yield from alone.plan(case, scene)


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """That of the step `alone`."""
    if is_master(case, scene):
        yield from alone.verify(case, scene)


def step(case: Case) -> Step:
    """The step `alone`, where it applies."""
    known = alone.step(case)
    made = recovery_step(
        case,
        known.id,
        known.title,
        known.reason,
        known.now,
        plan=plan,
        verify=verify,
        blockers=blockers,
    )
    return replace(made, minutes=known.minutes)
