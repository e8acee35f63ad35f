"""What a look at a step gives: its facts, what blocks it, what would run, what is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from wizard.answers import Answers
from wizard.answers.section import is_suggested
from wizard.answers.sections import with_section
from wizard.base.errors import AnswersError, WizardError
from wizard.model.facts import Facts
from wizard.model.faithful import unfaithful
from wizard.model.flight import Flight
from wizard.model.plan import Plan
from wizard.model.step import Choice, Finding, Step
from wizard.model.write import of_step


class State(Enum):
    """Where a step stands; the value is the word that the operator reads."""

    DONE = "done"
    READY = "to do"
    BLOCKED = "blocked"
    WRONG = "wrong"
    RUNNING = "running"
    UNSEEN = "not looked at"


@dataclass(frozen=True)
class Review:
    """One look at one step, on facts gathered at one moment."""

    step: Step
    answers: Answers
    facts: Facts
    plan: Plan = field(default_factory=Plan)
    blockers: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    choices: Mapping[str, Mapping[str, tuple[Choice, ...]]] = field(default_factory=dict)
    flights: tuple[Flight, ...] = ()

    @property
    def unseen(self) -> Mapping[str, WizardError]:
        """The hosts that were not seen and that the step cannot do without, with the reason."""
        return unseen(self.step, self.answers, self.facts)

    @property
    def state(self) -> State:
        """The step's state as a whole."""
        if self.flights:
            return State.RUNNING
        if self.unseen:
            return State.UNSEEN
        if self.plan:
            return State.BLOCKED if self.blockers else State.READY
        if self.problems:
            return State.WRONG
        return State.BLOCKED if self.blockers else State.DONE

    def wrong(self) -> tuple[Finding, ...]:
        """What is wrong by these facts, also where a plan would mend it."""
        found = self.blockers or self.problems
        if found or not self.plan or self.unseen:
            return found
        try:
            return tuple(self.step.verify(self.answers, self.facts))
        except WizardError as error:
            return (Finding(error.where, error.what, error.mend),)

    def state_of(self, host: str) -> State:
        """The step's state on one host."""
        if any(flight.host == host for flight in self.flights):
            return State.RUNNING
        if host in self.unseen:
            return State.UNSEEN
        # A blocker without a host is in the way on every one.
        if any(blocker.host in (host, "") for blocker in self.blockers):
            return State.BLOCKED
        if self.plan.on(host):
            return State.READY
        if any(problem.host == host for problem in self.problems):
            return State.WRONG
        return State.DONE


def unseen(step: Step, answers: Answers, facts: Facts) -> Mapping[str, WizardError]:
    """The hosts that were not seen, but for those whose silence the step itself judges."""
    spared = step.may_miss(answers)
    return {host: error for host, error in facts.missing.items() if host not in spared}


def suggest(step: Step, answers: Answers, facts: Facts) -> Answers:
    """Fill the step's section with what the hosts suggest where the operator has not decided yet.

    Empty counts as undecided, but for fields marked SUGGESTED, where it is an answer like another
    (no proxy).
    """
    if step.section is None or unseen(step, answers, facts):
        return answers
    section = getattr(answers, step.id)
    given = section.model_dump(exclude_unset=True)
    decided = _decided(section, given)
    suggested = step.suggest(answers, facts)
    filled = {name: value for name, value in suggested.items() if name not in decided}
    if not filled:
        return answers
    try:
        return with_section(answers, step.id, {**given, **filled})
    except AnswersError:
        fitting = _fitting(answers, step.id, given, filled)
        return with_section(answers, step.id, {**given, **fitting}) if fitting else answers


def _fitting(
    answers: Answers, section: str, given: Mapping[str, Any], suggested: Mapping[str, Any]
) -> dict[str, Any]:
    """Of what the hosts suggest, what would do as an answer: their words may be anything."""
    fitting: dict[str, Any] = {}
    for name, value in suggested.items():
        with contextlib.suppress(AnswersError):
            with_section(answers, section, {**given, **fitting, name: value})
            fitting[name] = value
    return fitting


def _decided(section: BaseModel, given: Mapping[str, object]) -> set[str]:
    """The fields of a section that the operator has decided about."""
    fields = type(section).model_fields
    decided = set()
    for name, value in given.items():
        if value or is_suggested(fields[name]):
            decided.add(name)
    return decided


def look(step: Step, answers: Answers, facts: Facts, flights: tuple[Flight, ...] = ()) -> Review:
    """Judge a step on facts: pure, the same for a preview and before applying.

    A host whose words were not understood counts as one that could not be looked at.
    """
    lacking = unseen(step, answers, facts)
    if lacking:
        found = tuple(
            Finding(host, error.what, error.mend or "look again") for host, error in lacking.items()
        )
        return Review(step, answers, facts, blockers=found, problems=found, flights=flights)
    try:
        return _judge(step, answers, facts, flights)
    except WizardError as error:
        host = error.where
        if host not in facts.hosts or host in facts.missing:
            raise
        not_understood = Facts(facts.raw, {**facts.missing, host: error})
        return look(step, answers, not_understood, flights)


def _judge(step: Step, answers: Answers, facts: Facts, flights: tuple[Flight, ...]) -> Review:
    answers = suggest(step, answers, facts)
    plan = Plan()
    problems: tuple[Finding, ...] = ()
    blockers = tuple(step.blockers(answers, facts))
    if not blockers:
        commands = step.plan(answers, facts)
        plan = Plan.of(of_step(step.id, command) for command in commands)
        blockers = tuple(unfaithful(plan.commands))
        if blockers:
            plan = Plan()
        elif not plan:
            problems = tuple(step.verify(answers, facts))
    return Review(
        step=step,
        answers=answers,
        facts=facts,
        plan=plan,
        blockers=blockers,
        problems=problems,
        choices=step.choices(answers, facts),
        flights=flights,
    )
