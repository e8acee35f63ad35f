"""Names that are typed and words that machines say: nothing of them is a fault of the work."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from steps.recover.planned.errands import PLANNED
from steps.recover.planned.obstacles import no_room
from steps.recover.steps.common import scene_of
from tests.damage import damaged, inputs
from tests.steps.recover.planned.test_planned_steps import INSTANCE, case, freeing
from tests.verbs.planned.cluster import Cluster
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.review import look

SEED = 14
ERRANDS = (PLANNED.move, PLANNED.maintenance, PLANNED.back)


def test_damaged_words_are_judged() -> None:
    dice = random.Random(SEED)
    judged = 0
    for _ in range(inputs(60)):
        accident = Cluster().accident
        host = dice.choice([name for name in sorted(accident.raw) if accident.raw[name]])
        fact = dice.choice(sorted(accident.raw[host]))
        accident.raw[host][fact] = damaged(accident.raw[host][fact], dice)
        facts = accident.facts
        for errand in ERRANDS:
            about = case() if errand is PLANNED.move else freeing("node2")
            list(errand.objections(about, accident.answers, facts))
            list(errand.passengers(about, accident.answers, facts))
            for step in errand.play.steps(about):
                judged += look(step, accident.answers, facts).step is step
    assert judged


@pytest.mark.parametrize("named", ["inst1", INSTANCE])
def test_an_instance_goes_by_both_of_its_names(named: str) -> None:
    accident = Cluster().accident
    subject = PLANNED.move.subject(accident.answers, accident.facts, named)
    assert subject == INSTANCE
    target = PLANNED.move.target(accident.answers, accident.facts, subject, "")
    assert target == "node1.name.org"


def test_what_cannot_be_meant_is_refused_with_what_can() -> None:
    accident = Cluster().accident
    answers = accident.answers
    for typed in ("inst", "node1", "-f"):
        with pytest.raises(WizardError) as caught:
            PLANNED.move.subject(answers, accident.facts, typed)
        assert caught.value.code is Exit.USAGE
        assert INSTANCE in caught.value.mend
    third = answers.nodes[0].model_copy(update={"name": "node3.name.org"})
    more = answers.model_copy(update={"nodes": [*answers.nodes, third]})
    with pytest.raises(WizardError) as caught:
        PLANNED.maintenance.target(more, accident.facts, "node1.name.org", "")
    assert caught.value.code is Exit.BLOCKED
    for host in ("node1", "node2"):
        accident.raw[host]["ganeti"] = ""
    with pytest.raises(WizardError) as caught:
        PLANNED.move.subject(answers, accident.facts, "inst1")
    assert caught.value.code is Exit.BLOCKED


def test_the_memory_of_all_that_go_to_one_node_is_counted_together() -> None:
    world = Cluster()
    world.room = 600
    world.refresh()
    scene = scene_of(world.accident.answers, world.accident.facts)
    (guest,) = scene.guests
    pairs = [(guest, "node1"), (replace(guest, uuid="other"), "node1")]
    assert not list(no_room(scene, pairs))
    world.room = 500
    world.refresh()
    scene = scene_of(world.accident.answers, world.accident.facts)
    (finding,) = no_room(scene, pairs)
    assert finding.what == "has 500 MiB of memory free, and 512 MiB are needed"
    assert not list(no_room(scene, [(replace(guest, state="down"), "node1")] * 3))
