"""The loop: look, plan, consent, look again, run, verify. Prints nothing; tells a front end by
events.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, WizardError
from wizard.base.secrets import Secret
from wizard.hosts.host import Host
from wizard.model.events import Emit, Gathering, Verified, ignore
from wizard.model.facts import Facts
from wizard.model.flight import Flight
from wizard.model.review import Review, State, look
from wizard.model.step import Fact, Step
from wizard.remote import login_message
from wizard.run import inflight
from wizard.run.gather import gather
from wizard.run.runner import Runner
from wizard.state.journal import Journal


class End(Enum):
    """How an attempt to apply a step ended."""

    DONE = "done"
    """Ran, and verified on fresh facts."""
    STALE = "stale"
    """The hosts changed since the plan was shown: nothing was run; the new plan wants a new
    consent.
    """
    CONSENT = "consent"
    """A typed confirmation is missing: nothing was run."""
    SECRET = "secret"
    """A secret that a command reads was not given: nothing was run."""
    BLOCKED = "blocked"
    """A preflight check refuses: nothing was run."""
    FAILED = "failed"
    """A command failed, was stopped, or its outcome is unknown."""
    MORE = "more"
    """All ran; what the hosts show now asks for further commands, shown in the new review."""
    WRONG = "wrong"
    """All ran, and the verification finds something wrong."""


@dataclass(frozen=True)
class Outcome:
    """The end of an attempt, with the look at the hosts that came last; `lost` when a command's
    outcome is unknown.
    """

    end: End
    review: Review
    lost: ConnectionLost | None = None


@dataclass
class Engine:
    """Runs one sequence of steps for one build. Methods block: front ends call them from a worker
    thread.
    """

    steps: tuple[Step, ...]
    hosts: Mapping[str, Host]
    journal: Journal
    log_dir: Path
    resume: str = "ganeti-wizard"
    emit: Emit = ignore
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._leave = threading.Event()
        self._abort = threading.Event()
        self._runner: Runner | None = None
        self._followed: Flight | None = None
        self._closed = threading.Event()

    def step(self, name: str) -> Step:
        """The step of that id; KeyError when there is none."""
        return {step.id: step for step in self.steps}[name]

    def review(self, step: Step, answers: Answers) -> Review:
        """Look at the hosts for one step. Commands in flight are settled first; one that still runs
        is in `flights`.
        """
        return next(self.survey([step], answers))

    def survey(self, steps: Sequence[Step], answers: Answers) -> Iterator[Review]:
        """Look at the hosts for several steps in one exec per host; each step's suggestions hold
        for the next ones.
        """
        if not steps:
            return
        for step in steps:
            self.emit(Gathering(step.id))
        running, missing = self._settle(steps)
        wanted = [pair for pair in self._wanted(steps, answers) if pair[0].name not in missing]
        found = gather(wanted, answers)
        seen = Facts(found.raw, {**found.missing, **missing})
        for step in steps:
            own = seen.only(step.hosts(answers))
            review = look(step, answers, own, tuple(one for one in running if one.step == step.id))
            answers = review.answers
            yield review

    def _wanted(
        self, steps: Sequence[Step], answers: Answers
    ) -> list[tuple[Host, list[Fact[Any]]]]:
        facts: dict[str, dict[str, Fact[Any]]] = {}
        for step in steps:
            for name in step.hosts(answers):
                facts.setdefault(name, {}).update({fact.name: fact for fact in step.facts})
        return [(self.hosts[name], list(found.values())) for name, found in facts.items()]

    def _settle(self, steps: Sequence[Step]) -> tuple[list[Flight], dict[str, WizardError]]:
        running, missing = [], {}
        progress = self.journal.progress()
        flights = [
            one
            for step in steps
            if step.id in progress
            for one in progress[step.id].flights.values()
        ]
        for flight in flights:
            try:
                if inflight.settle(flight, self.hosts, self.journal, self.emit):
                    running.append(flight)
            except WizardError as error:
                missing[flight.host] = error
        return running, missing

    def reattach(self, review: Review) -> Review:
        """Follow commands of an earlier run until they end, then look again."""
        self._clear()
        try:
            for self._followed in review.flights:
                inflight.follow(self._followed, self.hosts, self.journal, self.emit, self._leave)
        finally:
            self._followed = None
        if self._closed.is_set():
            return review
        return self.review(review.step, review.answers)

    def apply(self, shown: Review, typed: Iterable[str] = ()) -> Outcome:
        """Run what was shown and agreed to. `typed` holds the confirmations of destruction."""
        self._clear()
        fresh = self.review(shown.step, shown.answers)
        refusal = self._refusal(shown, fresh, set(typed))
        if refusal is not None:
            return Outcome(refusal, fresh)
        if not fresh.plan:
            return self.conclude(fresh)
        step = shown.step.id
        self.journal.add(
            "consent",
            step=step,
            digest=fresh.plan.digest,
            typed=sorted(typed),
            commands=len(fresh.plan),
        )
        flags = self._stop, self._leave, self._abort
        runner = self._runner = Runner(
            step,
            self.hosts,
            self.journal,
            self.emit,
            self.log_dir,
            self.resume,
            *flags,
            secrets=self.secrets,
        )
        try:
            succeeded = self._runner.run(fresh.plan)
        finally:
            self._runner = None
        if not succeeded:
            last = shown if self._closed.is_set() else self.review(shown.step, shown.answers)
            return Outcome(End.FAILED, last, next(iter(runner.lost), None))
        return self.conclude(self.review(shown.step, shown.answers))

    def _refusal(self, shown: Review, fresh: Review, typed: set[str]) -> End | None:
        if fresh.flights or fresh.facts.missing or fresh.blockers:
            return End.BLOCKED
        if fresh.plan.digest != shown.plan.digest:
            return End.STALE
        if any(word not in typed for word in fresh.plan.confirmations):
            return End.CONSENT
        if any(not self.secrets.get(prompt.key) for prompt in fresh.plan.prompts):
            return End.SECRET
        return None

    def conclude(self, review: Review) -> Outcome:
        """What a last look at a step amounts to; a step that is done is recorded as verified."""
        if review.state is State.DONE:
            hosts = list(review.step.hosts(review.answers))
            self.journal.add(
                "verified", step=review.step.id, hosts=hosts, digest=review.plan.digest
            )
            self.emit(Verified(review.step.id, ()))
            self._farewell(review.step)
            return Outcome(End.DONE, review)
        self.emit(Verified(review.step.id, review.problems))
        ends = {
            State.READY: End.MORE,
            State.BLOCKED: End.BLOCKED,
            State.UNSEEN: End.FAILED,
            State.RUNNING: End.FAILED,
        }
        return Outcome(ends.get(review.state, End.WRONG), review)

    def _farewell(self, step: Step) -> None:
        if step is not self.steps[-1]:
            return
        for host in self.hosts.values():
            if host.is_self:
                login_message.remove(host)

    def stop(self) -> str:
        """Ask once to stop after the running commands, twice to cut them; returns what to tell the
        operator.
        """
        if not self._stop.is_set():
            self._stop.set()
            return "stopping after the commands that run now; ask again to cut them"
        if self._runner is not None:
            self._leave.set()
            self._runner.cut()
        elif self._followed is None or not inflight.cut(self._followed, self.hosts, self.emit):
            self._leave.set()
            return "no longer waited for: what runs on the host goes on by itself"
        return "cutting the running commands"

    def _clear(self) -> None:
        for flag in (self._stop, self._leave, self._abort):
            flag.clear()

    def close(self) -> None:
        """Leave for good: drop all connections; commands that run as units or jobs go on without
        the wizard.
        """
        self._closed.set()
        for flag in (self._stop, self._leave, self._abort):
            flag.set()
        for host in self.hosts.values():
            host.close()
