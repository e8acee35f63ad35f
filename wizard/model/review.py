"""What a look at a step gives: its facts, what blocks it, what would run, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from wizard.answers import Answers
from wizard.answers.section import is_suggested
from wizard.answers.sections import with_section
from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.flight import Flight
from wizard.model.plan import Plan
from wizard.model.step import Choice, Finding, Step


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
    def state(self) -> State:
        """The step's state as a whole."""
        if self.flights:
            return State.RUNNING
        if self.facts.missing:
            return State.UNSEEN
        if self.plan:
            return State.BLOCKED if self.blockers else State.READY
        if self.problems:
            return State.WRONG
        return State.BLOCKED if self.blockers else State.DONE

    def wrong(self) -> tuple[Finding, ...]:
        """What is wrong by these facts, also where a plan would mend it."""
        found = self.blockers or self.problems
        if found or not self.plan or self.facts.missing:
            return found
        try:
            return tuple(self.step.verify(self.answers, self.facts))
        except WizardError as error:
            return (Finding(error.where, error.what, error.mend),)

    def state_of(self, host: str) -> State:
        """The step's state on one host."""
        if any(flight.host == host for flight in self.flights):
            return State.RUNNING
        if host in self.facts.missing:
            return State.UNSEEN
        if any(finding.host in (host, "") for finding in self.blockers):
            return State.BLOCKED
        if self.plan.on(host):
            return State.READY
        return State.WRONG if any(f.host == host for f in self.problems) else State.DONE


def suggest(step: Step, answers: Answers, facts: Facts) -> Answers:
    """Fill the step's section with what the hosts suggest where the operator has not decided yet.

    Empty counts as undecided, but for fields marked SUGGESTED, where it is an answer like another
    (no proxy).
    """
    if step.section is None or facts.missing:
        return answers
    section = getattr(answers, step.id)
    given = section.model_dump(exclude_unset=True)
    fields = type(section).model_fields
    decided = {name for name, value in given.items() if value or is_suggested(fields[name])}
    open_fields = {
        name: value for name, value in step.suggest(answers, facts).items() if name not in decided
    }
    return with_section(answers, step.id, {**given, **open_fields}) if open_fields else answers


def look(step: Step, answers: Answers, facts: Facts, flights: tuple[Flight, ...] = ()) -> Review:
    """Judge a step on facts: pure, the same for a preview and before applying.

    A host whose words were not understood counts as one that could not be looked at.
    """
    if facts.missing:
        found = tuple(Finding(h, e.what, e.mend or "look again") for h, e in facts.missing.items())
        return Review(step, answers, facts, blockers=found, problems=found, flights=flights)
    try:
        return _judge(step, answers, facts, flights)
    except WizardError as error:
        if error.where not in facts.hosts:
            raise
        return look(step, answers, Facts(facts.raw, {error.where: error}), flights)


def _judge(step: Step, answers: Answers, facts: Facts, flights: tuple[Flight, ...]) -> Review:
    answers = suggest(step, answers, facts)
    blockers = tuple(step.blockers(answers, facts))
    plan = Plan() if blockers else Plan.of(step.plan(answers, facts))
    problems = () if blockers or plan else tuple(step.verify(answers, facts))
    choices = step.choices(answers, facts)
    return Review(step, answers, facts, plan, blockers, problems, choices, flights)
