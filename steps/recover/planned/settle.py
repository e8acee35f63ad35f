"""Bring each instance home: to the node that the answers have for it, and one that they do not know
to the node from which the maintenance moved it.
"""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest
from steps.recover.planned.obstacles import Pair
from steps.recover.planned.relocation import relocation_step
from steps.recover.planned.volumes import answers_for
from steps.recover.scene import Scene
from wizard.model.accident import Case
from wizard.model.step import Step


def concerned(case: Case, scene: Scene) -> list[Guest]:
    """Those that have a home and should run; one that is stopped may stay where it is."""
    guests = [guest for guest in scene.guests if guest.state == "up"]
    return [guest for guest in guests if home_of(case, scene, guest)]


def home_of(case: Case, scene: Scene, guest: Guest) -> str:
    """The short name of the node that an instance belongs to; "" where nobody said."""
    wanted = answers_for(scene, guest)
    if wanted is not None:
        return wanted.primary
    return scene.short(case.subject) if guest.name in case.carried else ""


def pairs(case: Case, scene: Scene) -> list[Pair]:
    """Those that are not at home."""
    away = []
    for guest in concerned(case, scene):
        home = home_of(case, scene, guest)
        if scene.primary(guest) != home:
            away.append((guest, home))
    return away


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
