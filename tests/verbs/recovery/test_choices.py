"""What a person has to choose before a runbook: asked, checked, kept in the journal alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.steps.recover.accident import AFTER, Accident
from tests.steps.recover.test_situations import ALONE, WAITS
from tests.steps.recover.world import World
from tests.verbs.recovery.verb import Verb
from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.accident import Case, Choice, Option
from wizard.model.facts import Facts
from wizard.model.step import Step


def parted() -> World:
    """The copies are apart, and can be connected."""
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.generations("node2", AFTER, "1:1:1:0:0:0:0")
    return World(accident)


def servers(answers: Answers, facts: Facts) -> tuple[Option, ...]:
    """What one of the servers says is needed to tell the options."""
    options = []
    for node in answers.nodes:
        if "192.168.0.113" in facts.raw[node.short]["ganeti-running"]:
            options.append(Option(node.short, f"{node.short}, which leads"))
    return tuple(options)


def nothing(answers: Answers, facts: Facts) -> tuple[Option, ...]:
    return ()


@pytest.fixture
def cases(verb: Verb) -> list[Case]:
    """The cases that the steps were made for, of a runbook that asks one thing now of two."""
    made: list[Case] = []
    play = verb.recovery.plays["reconnect"]

    def steps(case: Case) -> tuple[Step, ...]:
        made.append(case)
        return play.steps(case)

    choices = (Choice("side", "Which side?", servers), Choice("never", "Not now?", nothing))
    asking = replace(play, steps=steps, choices=choices)
    verb.recovery = replace(verb.recovery, plays={"reconnect": asking})
    return made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], ["Which side? Nothing was chosen", "side=node1: node1, which leads"]),
        (["side=node2"], ["node2 is none of the options", "side=node1"]),
        (["side"], ["Nothing was chosen"]),
        (["sides=node1"], ["--choose sides=node1 is no choice here", "never, side"]),
        (["side=node1", "side=node2"], ["node1 was chosen as well"]),
    ],
)
@pytest.mark.parametrize("what", ["plan", "apply"])
def test_a_choice_that_does_not_count(
    verb: Verb, cases: list[Case], what: str, given: list[str], words: list[str]
) -> None:
    error = verb.refused(parted(), what, "reconnect", choose=given)
    assert error.code is Exit.BLOCKED
    assert all(word in str(error) for word in words)
    assert cases == []
    assert not verb.left


def test_what_was_chosen_reaches_the_steps_and_the_journal(verb: Verb, cases: list[Case]) -> None:
    assert verb(parted(), "apply", "reconnect", choose=["side=node1"]) is Exit.OK
    assert cases[-1].chosen == {"side": "node1"}
    (accident,) = verb.accidents
    assert accident.case.chosen == {}
    kept = [record for record in accident.records if record["kind"] == "choice"]
    assert [(record["choice"], record["value"]) for record in kept] == [("side", "node1")]
    report = (accident.store.folder / "report.md").read_text()
    assert "chosen: side = node1" in report


def test_the_next_run_asks_anew(verb: Verb, cases: list[Case]) -> None:
    world = parted()
    world.fails = {"activate-disks": 1}
    assert verb(world, "apply", "reconnect", choose=["side=node1"]) is not Exit.OK
    world.fails = {}
    with pytest.raises(WizardError):
        verb(world, "apply", "reconnect")
    assert verb(world, "apply", "reconnect", choose=["side=node1"]) is Exit.OK
    assert len(verb.accidents) == 1


def test_a_runbook_that_asks_nothing_takes_no_choice(verb: Verb) -> None:
    error = verb.refused(parted(), "apply", "reconnect", choose=["side=node1"])
    assert "there is to choose: nothing" in str(error)
