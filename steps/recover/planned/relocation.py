"""Instances on their way to another node: what the steps that move some of them have in common.

A move exchanges Ganeti's primary, and the same command once more exchanges it back. So each is
given only while the facts have the instance on the node that it is to leave, and the host asks
Ganeti once more in the command's own shell line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.under_way import follow
from steps.recover.copies import gate
from steps.recover.planned.commands import move
from steps.recover.planned.obstacles import (
    Pair,
    cluster_is_ill,
    misplaced,
    mute,
    no_room,
    obstacles,
    under_way,
)
from steps.recover.scene import Scene
from steps.recover.situations.words import GATE_LIFTED, LOOK_AGAIN
from steps.recover.steps.common import recovery_step, start
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Step

Pairs = Callable[[Case, Scene], list[Pair]]
"""The instances that are not where a step wants them, each with where it wants it."""
Concerned = Callable[[Case, Scene], list[Guest]]
"""The instances that a step is about, wherever they are."""


def not_running(scene: Scene, guests: list[Guest]) -> list[Guest]:
    """Those that should run and run nowhere, though their node answers: a move that was cut off."""
    idle = []
    for guest in guests:
        home = scene.primary(guest)
        if guest.state == "up" and home in scene.answering and not scene.runs_on(guest):
            idle.append(guest)
    return idle


def blockers(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> Iterator[Finding]:
    """Nothing while all are where they should be, and run."""
    wanted = [pair for pair in pairs(case, scene) if under_way(scene, pair[0]) is None]
    waiting = _to_be_started(pairs, concerned, case, scene)
    if wanted or waiting:
        yield from cluster_is_ill(scene)
    if waiting:
        yield from mute(scene)
    for guest, target in wanted:
        yield from obstacles(case, scene, guest, target)
    yield from no_room(scene, wanted)
    # It was stopped for its move, which ended half way: no more of this work brings it back.
    mend = f"{LOOK_AGAIN} has the way; go on here when {GATE_LIFTED}"
    for guest in waiting:
        for objection in gate(scene, guest):
            yield Finding(scene.primary(guest), objection, mend=mend)


def _to_be_started(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> list[Guest]:
    """Those that are where they should be and do not run; the others are said to be stopped."""
    away = [guest.uuid for guest, _ in pairs(case, scene)]
    there = [guest for guest in concerned(case, scene) if guest.uuid not in away]
    idle = not_running(scene, there)
    return [guest for guest in idle if under_way(scene, guest) is None]


def plan(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> Iterator[Command]:
    """First what is under way is followed, and passphrases are tried; then one move after the
    other.
    """
    for guest in concerned(case, scene):
        job = under_way(scene, guest)
        if job is not None:
            why = f"it moves {guest.name} already: it is followed, not given twice"
            yield follow(scene.master, job.id, why)
    for guest in _to_be_started(pairs, concerned, case, scene):
        why = f"Ganeti has it on {scene.primary(guest)} already, and it does not run"
        yield start(scene, guest, why)
    for guest, target in pairs(case, scene):
        if under_way(scene, guest) is None:
            yield from move(case, scene, guest, target)


def verify(pairs: Pairs, concerned: Concerned, case: Case, scene: Scene) -> Iterator[Finding]:
    """Each is where it should be, and runs there and nowhere else."""
    for guest, target in pairs(case, scene):
        yield Finding(target, f"{guest.name} is not here yet", step=THIS_STEP)
    for guest in concerned(case, scene):
        what = misplaced(scene, guest)
        if what:
            yield Finding(scene.primary(guest), what, mend=LOOK_AGAIN)


def relocation_step(
    case: Case,
    identity: str,
    title: str,
    reason: str,
    *,
    pairs: Pairs,
    concerned: Concerned,
) -> Step:
    """A step that brings each of these instances to its node."""
    return recovery_step(
        case,
        identity,
        title,
        reason,
        "gnt-instance migrate where it can run on, else gnt-instance failover, one after the other",
        plan=partial(plan, pairs, concerned),
        verify=partial(verify, pairs, concerned),
        blockers=partial(blockers, pairs, concerned),
        minutes=4,
    )
