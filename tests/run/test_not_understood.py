"""A host whose words no parser understands is not looked at, by name, and hinders no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.model.facts import Fact, Facts
from wizard.model.review import State, look
from wizard.model.step import Command, Finding, Step

NUMBER: Fact[int] = Fact("number", "cat /number", int)


def _plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    yield from (
        Command(host, ("count",), "counts") for host in facts.hosts if facts.of(host, NUMBER) < 2
    )


def _verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    yield from ()


STEP = Step("count", "Count", "to know", "count", "count", _plan, _verify, facts=(NUMBER,))


def test_the_step_says_whose_words_it_did_not_understand() -> None:
    review = look(STEP, Answers(), Facts({"node1": {"number": "1"}, "node2": {"number": "4 (3)"}}))
    assert review.state is State.UNSEEN and not review.plan
    assert review.state_of("node1") is not State.UNSEEN and review.state_of("node2") is State.UNSEEN
    assert [one.host for one in review.blockers] == ["node2"]
    assert "says about number was not understood" in str(review.blockers[0]) and "4 (3)" in str(
        review.blockers[0]
    )


def test_asked_for_by_name_it_raises_what_the_operator_can_read() -> None:
    with pytest.raises(WizardError, match="not understood"):
        Facts({"node2": {"number": "?"}}).of("node2", NUMBER)
