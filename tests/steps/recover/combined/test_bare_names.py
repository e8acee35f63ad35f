"""A cluster whose names have no domain, as people make them by hand: the same is found and done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from steps.recover.runbooks import RECOVERY
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import idle_dead, node_dead
from wizard.answers import Answers
from wizard.model.accident import Case, Claim
from wizard.model.review import look

DOMAIN = ".name.org"
MACHINES = ("node1", "node2", "inst1", "cluster1")


def bare(text: str) -> str:
    """The same with no domain behind these machines' names; the backup host keeps its own."""
    for machine in MACHINES:
        text = text.replace(f"{machine}{DOMAIN}", machine)
    return text


def with_bare_names(accident: Accident) -> Accident:
    """The same accident of a cluster without domains."""
    for texts in accident.raw.values():
        for fact, text in texts.items():
            texts[fact] = bare(text)
    data = accident.answers.model_dump(mode="json")
    for part in (*data["nodes"], *data["instance"]["wanted"], data["hosts"]):
        part["any_name"] = True
    text = bare(Answers.model_construct(**data).model_dump_json(warnings=False))
    accident.answers = Answers.model_validate_json(text)
    return accident


def told(accident: Accident) -> list[str]:
    """All that the diagnosis says, as text."""
    return [repr(situation) for situation in accident.findings.situations]


def orders(accident: Accident, runbook: str, dead: str) -> Iterator[str]:
    """What each step of a runbook would run, and what hinders it."""
    claim = Claim(dead, "power", NOW, NOW - 30)
    case = Case(runbook, "20261122T160850Z-test", "me@desk:/x", NOW, claim)
    for step in RECOVERY.plays[runbook].steps(case):
        review = look(step, accident.answers, accident.facts)
        for finding in review.blockers:
            yield str(finding)
        for command in review.plan.commands:
            yield f"{command.host}: {command.argv} {command.guard} {command.confirm}"


@pytest.mark.parametrize(
    ("make", "runbook", "dead"),
    [(node_dead, "node-dead", "node2"), (idle_dead, "takeover", "node1")],
)
def test_the_same_is_found_and_done(make: Callable[[], Accident], runbook: str, dead: str) -> None:
    full = make()
    short = with_bare_names(make())
    assert [bare(text) for text in told(full)] == told(short)
    wanted = [bare(text) for text in orders(full, runbook, f"{dead}{DOMAIN}")]
    assert wanted == list(orders(short, runbook, dead))
    assert wanted
