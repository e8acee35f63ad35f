"""The loop: look, plan, consent, look again, run, verify. Prints nothing; tells a front end by
events.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, WizardError
from wizard.hosts.host import Host
from wizard.model.events import Emit, Gathering, Note, Verified, ignore
from wizard.model.flight import Flight, Progress
from wizard.model.plan import Plan
from wizard.model.review import Review, State, look
from wizard.model.step import Finding, Step, not_done, on_nodes
from wizard.remote import login_message, reboot
from wizard.run import inflight
from wizard.run.active import CUTTING, Active
from wizard.run.gather import Gather, gather
from wizard.run.hold import Hold, lockable
from wizard.run.keyring import Keyring
from wizard.run.outcome import ENDS, End, Outcome
from wizard.run.runner import Runner
from wizard.run.sight import Unsettled, sight
from wizard.state.journal import Journal


@dataclass
class Engine:
    """Runs one sequence of steps for one build. Methods block: front ends call them from a worker
    thread, and `stop` and `close` from another one.
    """

    steps: tuple[Step, ...]
    hosts: Mapping[str, Host]
    journal: Journal
    log_dir: Path
    resume: str = "ganeti-wizard"
    emit: Emit = ignore
    secrets: Keyring = field(default_factory=Keyring)
    noting: bool = True
    """Whether a step that is seen done is recorded: not without the state's lock, and not where it
    is judged by answers that are only tried.
    """
    whole: bool = True
    """Whether these steps are a build from its beginning to its end, and no daily work on a
    cluster.
    """
    gather: Gather = gather
    """How hosts are looked at: all facts of each or none, unless an accident wants it otherwise."""
    hold: Hold | None = None
    """The locks on the hosts, for whoever changes anything there."""

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._closed = threading.Event()
        self._active = Active(lambda event: self.emit(event))

    def step(self, name: str) -> Step:
        """The step of that id; KeyError when there is none."""
        return {step.id: step for step in self.steps}[name]

    @property
    def closed(self) -> bool:
        """Whether the wizard leaves: no host is looked at any more."""
        return self._closed.is_set()

    def review(self, step: Step, answers: Answers) -> Review:
        """Look at the hosts for one step. Commands in flight are settled first; one that still runs
        is in `flights`.
        """
        return next(self.survey([step], answers))

    def survey(self, steps: Sequence[Step], answers: Answers) -> Iterator[Review]:
        """Look at the hosts for several steps in one exec per host; each step's suggestions hold
        for the next ones. A step that asks something else because of them gets a look of its own,
        so that each is judged as if it had been looked at alone. What is seen done is recorded.
        """
        if not steps:
            return
        for step in steps:
            self.emit(Gathering(step.id))
        running, unsettled = self._settle(steps)
        common = sight(steps, answers, self.hosts, self.gather, unsettled)
        for step in steps:
            missing = unsettled.get(step.id, {})
            seen = common
            if not seen.serves(step, answers, self.hosts, missing):
                seen = sight([step], answers, self.hosts, self.gather, unsettled)
            flights = tuple(flight for flight in running if flight.step == step.id)
            review = look(step, answers, seen.of(step, answers, missing), flights)
            answers = review.answers
            self._record(review)
            yield review

    def _settle(self, steps: Sequence[Step]) -> tuple[list[Flight], Unsettled]:
        """The steps' commands that still run, and the hosts on which that cannot be seen.

        Only the command's own step goes without such a host: a Ganeti that does not answer says
        nothing about disks.
        """
        running: list[Flight] = []
        unsettled: dict[str, dict[str, WizardError]] = {}
        progress = self.journal.progress()
        for step in steps:
            for flight in progress.get(step.id, Progress()).flights.values():
                try:
                    if inflight.settle(flight, self.hosts, self.journal, self.emit):
                        running.append(flight)
                except WizardError as error:
                    unsettled.setdefault(step.id, {})[flight.host] = error
        return running, unsettled

    def _record(self, review: Review) -> None:
        """Record a step that is seen done, once: until one of its commands starts again.

        The build's last one takes the login message away, and before the record: a wizard that is
        killed between the two finds the step unrecorded and does both.
        """
        if review.state is not State.DONE or not self.noting:
            return
        progress = self.journal.progress()
        verified = {name for name, claim in progress.items() if claim.verified}
        if review.step.id in verified:
            return
        if self.whole and verified.issuperset(s.id for s in self.steps if s is not review.step):
            self._farewell(review.answers)
        hosts = list(review.step.hosts(review.answers))
        self.journal.add("verified", step=review.step.id, hosts=hosts, digest=review.plan.digest)

    def _farewell(self, answers: Answers) -> None:
        """Greet no more on the wizard's own node, however that is reached: only one that was told
        to reboot was ever made to.
        """
        told = {record["host"] for record in self.journal.records if record["kind"] == "boot"}
        for name in on_nodes(answers):
            host = self.hosts.get(name)
            if host is None:
                continue
            with contextlib.suppress(WizardError):
                if host.is_self or (name in told and reboot.same_machine(host)):
                    login_message.remove(host)

    def attach(self, review: Review) -> Outcome:
        """Follow commands of an earlier run until they end, then look again."""
        self._begin()
        self._keep_locked(review)
        try:
            return self._attach(review)
        finally:
            if self.hold is not None:
                self.hold.rest()

    def _attach(self, review: Review) -> Outcome:
        lost: ConnectionLost | None = None
        for flight in review.flights:
            lost = self._follow(flight) or lost
            if self._stop.is_set():
                break
        if self.closed:
            return Outcome(End.FAILED, review, lost)
        return self._conclude(self.review(review.step, review.answers), lost=lost)

    def _follow(self, flight: Flight) -> ConnectionLost | None:
        """Why the end of a command is not known, if it is not. What else went wrong is told: the
        look that follows decides.
        """
        try:
            with self._active.entered(flight, self.hosts[flight.host]) as leave:
                inflight.follow(flight, self.hosts, self.journal, self.emit, leave)
        except WizardError as error:
            self.emit(Note(flight.host, str(error)))
            return error if isinstance(error, ConnectionLost) else None
        return None

    def apply(self, shown: Review, typed: Iterable[str] = ()) -> Outcome:
        """Run what was shown and agreed to. `typed` holds the confirmations of destruction.

        Raises Held when another wizard changes these hosts: nothing was run.
        """
        self._begin()
        words = sorted(set(typed))
        self._lock(shown)
        try:
            return self._apply(shown, words)
        finally:
            if self.hold is not None:
                self.hold.rest()

    def _apply(self, shown: Review, words: Sequence[str]) -> Outcome:
        fresh = self.review(shown.step, shown.answers)
        refusal = self._refusal(shown, fresh, words)
        if refusal is not None:
            return Outcome(refusal, fresh)
        if not fresh.plan:
            return self._conclude(fresh)
        self.journal.add(
            "consent",
            step=fresh.step.id,
            digest=fresh.plan.digest,
            typed=words,
            commands=len(fresh.plan),
        )
        succeeded, lost = self._run(fresh)
        if not succeeded:
            last = shown if self.closed else self.review(shown.step, shown.answers)
            return Outcome(End.FAILED, last, lost)
        return self._conclude(self.review(shown.step, shown.answers), ran=fresh.plan)

    def _lock(self, shown: Review) -> None:
        """Hold the servers that answer, and whatever else the plan works on, before the last look:
        what it shows stays so until the commands begin.
        """
        if shown.plan:
            self._hold(shown, {command.host for command in shown.plan.commands})

    def _keep_locked(self, review: Review) -> None:
        """Go on holding the servers while commands of an earlier run are followed, but for one that
        reboots or is cut off. To follow is to look: a lock that is somebody else's by now is told.
        """
        away = {flight.host for flight in review.flights if flight.kind in CUTTING}
        needed = {flight.host for flight in review.flights} - away
        try:
            self._hold(review, needed, away)
        except WizardError as error:
            self.emit(Note(error.where, f"not locked: {error.what}"))

    def _hold(self, review: Review, needed: set[str], away: Collection[str] = ()) -> None:
        if self.hold is None:
            return
        self.hold.emit = self.emit
        self.hold.apart = self._active.cut_off
        hosts = {}
        for name in lockable(review.answers, needed) - set(away):
            if name in self.hosts:
                hosts[name] = self.hosts[name]
        over = self.hold.begin(f"step {review.step.id}", hosts, needed, review.facts.hosts)
        for name, former in over.items():
            self.journal.add("taken_over", host=name, whose=former.words)

    def _refusal(self, shown: Review, fresh: Review, typed: Sequence[str]) -> End | None:
        if fresh.flights or fresh.unseen or fresh.blockers:
            return End.BLOCKED
        if fresh.plan.digest != shown.plan.digest:
            return End.STALE
        if any(word not in typed for word in fresh.plan.confirmations):
            return End.CONSENT
        if any(prompt.key not in self.secrets for prompt in fresh.plan.prompts):
            return End.SECRET
        return None

    def _run(self, fresh: Review) -> tuple[bool, ConnectionLost | None]:
        """Whether every command ended well, and why the end of one is not known."""
        runner = Runner(
            fresh.step.id,
            self.hosts,
            self.journal,
            self.emit,
            self.log_dir,
            self.resume,
            self._stop,
            self._active,
            self.secrets,
            hold=self.hold,
        )
        succeeded = runner.run(fresh.plan)
        return succeeded, next(iter(runner.lost), None)

    def _conclude(
        self, review: Review, *, ran: Plan | None = None, lost: ConnectionLost | None = None
    ) -> Outcome:
        """What the last look amounts to, after `ran` ended well everywhere."""
        wrong: tuple[Finding, ...] = ()
        if review.state is not State.DONE:
            wrong = review.wrong() or tuple(not_done(review.plan.commands))
        self.emit(Verified(review.step.id, wrong))
        end = ENDS[review.state]
        if end is End.MORE and ran is not None and ran.digest == review.plan.digest:
            end = End.UNCHANGED
        return Outcome(end, review, lost)

    def stop(self) -> str:
        """Ask once to stop after the running commands, twice to cut them; returns what to tell the
        operator.
        """
        if not self._stop.is_set():
            self._stop.set()
            return "stopping after the commands that run now; ask again to cut them"
        if self._active.cut():
            return "cutting the running commands"
        return "no longer waited for: what runs on the host goes on by itself"

    def _begin(self) -> None:
        """A wish to stop was for the last run; that of a wizard which leaves stays."""
        if not self.closed:
            self._stop.clear()

    def close(self) -> None:
        """Leave for good: drop all connections; commands that run as units or jobs go on without
        the wizard.
        """
        self._closed.set()
        self._stop.set()
        self._active.leave()
        for host in self.hosts.values():
            host.close()
