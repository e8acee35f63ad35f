"""Bring each instance to the node that the answers have for it."""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest
from steps.recover.planned.obstacles import Pair
from steps.recover.planned.relocation import answers_for, relocation_step
from steps.recover.scene import Scene
from steps.recover.steps.bring import away
from wizard.model.accident import Case
from wizard.model.step import Step


def concerned(case: Case, scene: Scene) -> list[Guest]:
    """All instances that the answers know and that should run; one that is stopped may stay."""
    guests = [guest for guest in scene.guests if guest.state == "up"]
    return [guest for guest in guests if answers_for(scene, guest) is not None]


def pairs(case: Case, scene: Scene) -> list[Pair]:
    """Those that are not at home."""
    found = []
    for guest in away(scene):
        wanted = answers_for(scene, guest)
        if wanted is not None and guest.state == "up":
            found.append((guest, wanted.primary))
    return found


def step(case: Case) -> Step:
    """The step."""
    return relocation_step(
        case,
        "settle",
        "Bring the instances home",
        "With each instance on its own server the load is as planned, and an accident of one "
        "server stops no more than it has to.",
        pairs=pairs,
        concerned=concerned,
    )
