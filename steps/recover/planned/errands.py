"""What planned work there is: of which steps it is made, when it may begin, and who is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from steps.ganeti.facts.ganeti import Guest
from steps.recover.adopt.foreign import limits_of
from steps.recover.doctor import DOCTOR, NODE_LANES
from steps.recover.facts.pulse import PULSE
from steps.recover.facts.room import ROOM
from steps.recover.planned import aims, clear, handover, relocate, returned, settle
from steps.recover.planned.live import stops
from steps.recover.planned.obstacles import Pair, cluster_is_ill, no_room, obstacles
from steps.recover.planned.relocation import Pairs
from steps.recover.planned.volumes import answers_for, locks
from steps.recover.runbooks import FIRST, LAST, RECOVERY, assembled
from steps.recover.scene import Scene
from steps.recover.steps.common import Judge, scene_of
from steps.recover.steps.lead import leads
from wizard.answers import Answers
from wizard.model.accident import Case, Play
from wizard.model.facts import Fact, Facts
from wizard.model.planned import Errand, Passenger, Planned
from wizard.model.step import Finding, Step

RECOVER = "steps.recover.steps"
PLANNED_STEPS = "steps.recover.planned"
MOVE = ("relocate",)
AWAY = ("clear", "service", "handover")
"""Volumes are opened before the minutes that a hand-over takes."""
BACK = ("returned", "connect", "lead", "settle")
OWN = (*MOVE, "clear", "handover", "returned", "settle")
"""The steps that lie here; the others are those of a recovery."""
TOLERATED = frozenset({"home", "service", "disk", "watcher-paused", "watcher-idle"})
"""Situations beside which work may begin: something is not at home, a volume is locked, a mirror
has lost a half, which is what a maintenance is for; somebody paused the watcher for its own reason.
"""


def _steps(names: Sequence[str], case: Case) -> tuple[Step, ...]:
    modules = []
    for name in names:
        package = PLANNED_STEPS if name in OWN else RECOVER
        modules.append(f"{package}.{name}")
    return assembled(modules, case)


def _play(identity: str, title: str, *names: str) -> Play:
    return Play(identity, title, partial(_steps, names))


def _facts(answers: Answers) -> Mapping[str, Sequence[Sequence[Fact[Any]]]]:
    """What the doctor looks at, and on the servers what they could take in."""
    lanes = dict(DOCTOR.facts(answers))
    for node in answers.nodes:
        lanes[node.short] = (*NODE_LANES, (ROOM,))
    return lanes


def _to_move(case: Case, scene: Scene) -> Iterator[Finding]:
    if not relocate.concerned(case, scene):
        yield Finding("", f"Ganeti has no instance {case.subject}", mend="gnt-instance list")
        return
    yield from _movable(case, scene, relocate.pairs(case, scene))


def _movable(case: Case, scene: Scene, pairs: list[Pair]) -> Iterator[Finding]:
    if pairs:
        yield from cluster_is_ill(scene)
    for guest, target in pairs:
        yield from obstacles(case, scene, guest, target)
    yield from no_room(scene, pairs)


def _to_free(case: Case, scene: Scene) -> Iterator[Finding]:
    yield from cluster_is_ill(scene)
    yield from _movable(case, scene, clear.pairs(case, scene))
    node = scene.short(case.subject)
    if not leads(scene, scene.short(case.target)):
        yield from handover.unfit(case, scene)
    for name in clear.strangers(case, scene):
        yield Finding(node, f"{name} runs here, and Ganeti does not know it", mend="stop it there")


def _to_return(case: Case, scene: Scene) -> Iterator[Finding]:
    """It must be there; the rest is judged by each step, as nothing has to be well for it."""
    yield from returned.blockers(case, scene)


def _objections(judge: Judge, case: Case, answers: Answers, facts: Facts) -> Iterator[Finding]:
    scene = scene_of(answers, facts)
    for limit in limits_of(scene):
        yield Finding("", limit.why, mend=f"until {limit.lifted}")
    seen = []
    for finding in judge(case, scene):
        # A node that is away stands in the way of each instance.
        if finding not in seen:
            seen.append(finding)
            yield finding


def _passengers(pairs: Pairs, case: Case, answers: Answers, facts: Facts) -> Iterator[Passenger]:
    scene = scene_of(answers, facts)
    for guest, target in pairs(case, scene):
        if guest.state == "up":
            yield _passenger(case, scene, guest, target)


def _passenger(case: Case, scene: Scene, guest: Guest, target: str) -> Passenger:
    wanted = answers_for(scene, guest)
    source = scene.primary(guest)
    stopped = stops(case, scene, source, target)
    prompts = tuple(prompt for _, prompt in locks(scene, guest)) if stopped else ()
    return Passenger(
        guest.name,
        wanted.short if wanted else guest.name,
        str(wanted.ip) if wanted else "",
        source,
        target,
        stopped,
        tuple(dict.fromkeys(prompts)),
    )


def _boot(answers: Answers, facts: Facts, node: str) -> str:
    pulse = scene_of(answers, facts).read(node, PULSE)
    return pulse.boot if pulse is not None else ""


def _advice(case: Case, answers: Answers) -> Iterator[str]:
    """What must not be done while the node is away."""
    other = next((node.short for node in answers.nodes if node.name == case.target), case.target)
    node = next((node.short for node in answers.nodes if node.name == case.subject), "it")
    yield f"all instances run from one copy of their data until {node} is back and has caught up"
    yield f"do not reboot {other}, and do not restart Ganeti there: alone it wins no vote"
    yield f"do not work on the disks of {other}: its copy of the data is the only whole one"
    yield f"do not start or move instances on {node}, and do not activate disks by hand"
    yield f"do not wipe or recreate the volumes of {node}: they are brought up to date afterwards"
    yield f"if {node} is to stay away: `ganeti-wizard recover diagnose` has the way"


def _return(identity: str, *first: str) -> Errand:
    return Errand(
        _play(identity, "A node is taken back", *first, *BACK, *LAST),
        aims.nodes,
        aims.node,
        aims.target_of_node,
        partial(_objections, _to_return),
        partial(_passengers, settle.pairs),
        (*BACK, "thaw"),
    )


PLANNED = Planned(
    recovery=replace(RECOVERY, doctor=replace(DOCTOR, facts=_facts)),
    move=Errand(
        _play("move", "An instance moves to the other node", *FIRST, *MOVE, *LAST),
        aims.instances,
        aims.instance,
        aims.target_of_instance,
        partial(_objections, _to_move),
        partial(_passengers, relocate.pairs),
        MOVE,
    ),
    maintenance=Errand(
        _play("maintenance", "A node is freed", *FIRST, "vote", *AWAY),
        aims.nodes,
        aims.node,
        aims.target_of_node,
        partial(_objections, _to_free),
        partial(_passengers, clear.pairs),
        AWAY,
    ),
    # The evidence from before the first change is kept already, and must not be replaced.
    back=_return("maintenance", "hold", "freeze"),
    back_alone=_return("back", *FIRST),
    tolerated=TOLERATED,
    boot=_boot,
    advice=_advice,
)
