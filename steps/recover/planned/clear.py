"""Move all that runs on a node to the other one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.planned.obstacles import Pair
from steps.recover.planned.relocation import relocation_step
from steps.recover.scene import Scene
from steps.recover.steps.common import scene_of
from wizard.answers import Answers
from wizard.model.accident import Case
from wizard.model.facts import Facts
from wizard.model.step import Finding, Step


def concerned(case: Case, scene: Scene) -> list[Guest]:
    """All instances that should run."""
    return [guest for guest in scene.guests if guest.state == "up"]


def pairs(case: Case, scene: Scene) -> list[Pair]:
    """Those that Ganeti has on the node; one that is stopped may stay."""
    node = scene.short(case.subject)
    target = scene.short(case.target)
    return [(guest, target) for guest in concerned(case, scene) if scene.primary(guest) == node]


def strangers(case: Case, scene: Scene) -> list[str]:
    """What runs on the node and is no instance of Ganeti's."""
    hypervisor = scene.read(scene.short(case.subject), HYPERVISOR)
    known = [guest.name for guest in scene.guests]
    return [name for name in hypervisor.guests if name not in known] if hypervisor else []


def step(case: Case) -> Step:
    """The step."""
    moves = relocation_step(
        case,
        "clear",
        "Move the node's instances to the other one",
        "What runs on a node ends when that is worked on or rebooted.",
        pairs=pairs,
        concerned=concerned,
    )

    def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
        """Nothing is left that a reboot would end."""
        yield from moves.verify(answers, facts)
        for name in strangers(case, scene_of(answers, facts)):
            what = f"{name} runs here, and Ganeti does not know it"
            yield Finding(scene_of(answers, facts).short(case.subject), what, mend="stop it there")

    return replace(moves, verify=verify)
