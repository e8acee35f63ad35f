"""A host whose words no parser understands is not looked at, by name, and hinders no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from pydantic import ValidationError

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


@dataclass(frozen=True)
class _Member:
    name: str
    size: float
    parts: tuple[str, ...] = ()


def _raising(error: Exception) -> Callable[[str], int]:
    def parse(text: str) -> int:
        raise error

    return parse


@pytest.mark.parametrize(
    "error",
    [
        ValueError("?"),
        KeyError("?"),
        re.error("unterminated"),
        RecursionError("too deep"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        OverflowError("too large"),
        WizardError("the filter cannot be read", mend="correct it"),
        ValidationError.from_exception_data("Answers", []),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_parser_raises_is_a_finding_on_that_host(error: Exception) -> None:
    step = replace(STEP, facts=(Fact("number", "", _raising(error)),))
    step = replace(step, plan=lambda answers, facts: _asked(facts, step))
    review = look(step, Answers(), Facts({"node1": {"number": "1"}}))
    assert review.state is State.UNSEEN
    assert [(one.host, bool(one.mend)) for one in review.blockers] == [("node1", True)]


def _asked(facts: Facts, step: Step) -> Iterator[Command]:
    facts.of("node1", step.facts[0])
    yield from ()


@pytest.mark.parametrize(
    "value",
    [
        _Member(name=None, size=1),  # type: ignore[arg-type]
        _Member(name="x", size="1"),  # type: ignore[arg-type]
        _Member(name="x", size=True),
        _Member(name="x", size=float("nan")),
        _Member(name="x", size=10**400),
        _Member(name="x", size=1, parts=("a", 1)),  # type: ignore[arg-type]
        _Member(name="x", size=1, parts=["a"]),  # type: ignore[arg-type]
        {"deep": (_Member(name=[], size=1),)},  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_a_value_that_is_not_what_it_says_is_not_understood(value: object) -> None:
    with pytest.raises(WizardError, match="is not what it should be"):
        Facts({"node1": {"odd": ""}}).of("node1", Fact("odd", "", lambda text: value))


def test_a_value_that_is_what_it_says_passes() -> None:
    good = {"x": (_Member(name="x", size=1, parts=("a",)),)}
    assert Facts({"node1": {"odd": ""}}).of("node1", Fact("odd", "", lambda text: good)) == good
