"""Move one instance to the node that was named."""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest
from steps.recover.planned.obstacles import Pair
from steps.recover.planned.relocation import relocation_step
from steps.recover.scene import Scene
from wizard.model.accident import Case
from wizard.model.step import Step


def concerned(case: Case, scene: Scene) -> list[Guest]:
    """The instance."""
    return [guest for guest in scene.guests if guest.name == case.subject]


def pairs(case: Case, scene: Scene) -> list[Pair]:
    """It with its target, while it is elsewhere."""
    target = scene.short(case.target)
    return [(guest, target) for guest in concerned(case, scene) if scene.primary(guest) != target]


def step(case: Case) -> Step:
    """The step."""
    return relocation_step(
        case,
        "relocate",
        "Move the instance",
        "Both copies of its disks are the same: it can run on either of the two nodes.",
        pairs=pairs,
        concerned=concerned,
    )
