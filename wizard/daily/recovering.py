"""One run of a runbook: the look, the claim, whether it may be gone at all, and the session that
carries it out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.accident import Accident, begin, imagined, unfinished
from wizard.daily.diagnosis import with_here
from wizard.daily.lookout import Lookout
from wizard.model.accident import FENCED, Choice, Claim, Option, Play, Recovery
from wizard.model.events import Emit, Event, Note, Started, ignore
from wizard.model.recovery import Diagnosis, Presence, Runbook, Standing
from wizard.run.hold import Hold
from wizard.run.session import Session

LOOK_AGAIN = "ganeti-wizard recover diagnose"
APART = 30
"""Seconds from the first look at a silent machine to the one that a claim rests on."""
APART_ALONE = 60
"""The same, where one place only could look."""


@dataclass
class Recovering:
    """A runbook on the machines of a build, whose session is open and connected."""

    build: Session
    recovery: Recovery
    play: Play
    emit: Emit = ignore
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    claim: Claim | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    lookout: Lookout = field(init=False)

    def __post_init__(self) -> None:
        doctor = self.recovery.doctor
        hosts = with_here(self.build.answers, self.build.hosts, doctor)
        self.lookout = Lookout(doctor, hosts, self.build.store.folder, clock=self.clock)

    def look(self) -> Diagnosis:
        """What is the matter now; a look that is seconds old counts."""
        return self.lookout.diagnosis(self.build.answers)

    def claims(self, name: str, fenced: str) -> Claim:
        """Take a person's word that a server is without power, and look whether anything speaks
        against it, twice, half a minute apart.

        Raises WizardError: no such server, no such way, or a sign of life.
        """
        node = self._named(name)
        if fenced not in FENCED:
            raise _no_way(fenced, node)
        first = self.look()
        there = self._silent(first, node)
        apart = APART
        if len(there.vantages) <= 1:
            apart = APART_ALONE
        self._wait(first.taken + apart, node)
        # The first look may still be young enough to be given once more.
        self.lookout.forget()
        second = self.look()
        self._silent(second, node)
        self.claim = Claim(name, fenced, self._made(), int(first.taken))
        return self.claim

    def _wait(self, until: float, node: str) -> None:
        """Wait for the second look at a silent machine."""
        left = until - self.clock()
        if left <= 0:
            return
        told = f"silent; looking once more in {left:.0f} s, before that counts"
        self.emit(Note(node, told))
        self.pause(left)

    def _made(self) -> int:
        """When a claim is made: by the clock by which the steps tell whether it still counts, which
        is a server's where this machine is no part of their network.
        """
        answers = self.build.answers
        facts = self.lookout((), answers)
        of_a_server = self.recovery.doctor.clock(answers, facts)
        return of_a_server or int(self.clock())

    def _named(self, name: str) -> str:
        """The short name of the server with that full one."""
        for node in self.build.answers.nodes:
            if node.name == name:
                return node.short
        names = ", ".join(node.name for node in self.build.answers.nodes)
        raise WizardError(
            f"{name or 'nothing'} is not the full name of a server",
            mend=f"--dead with one of: {names}",
            code=Exit.CONSENT,
        )

    def _silent(self, diagnosis: Diagnosis, node: str) -> Presence:
        """How a machine is seen that gives no sign of life; raises WizardError for any other."""
        for seen in diagnosis.findings.hosts:
            if seen.name != node:
                continue
            if seen.presence.state is Standing.SILENT:
                return seen.presence
            signs = "; ".join(sign.what for sign in seen.presence.signs)
            what = "it is not silent"
            if seen.presence.state is Standing.UNSEEN:
                what = "nobody could look for it"
            raise WizardError(
                f"{what}: {signs}" if signs else what,
                where=node,
                mend=f"what is not silent is not dead; {LOOK_AGAIN}",
                code=Exit.BLOCKED,
            )
        raise WizardError("it was not looked for", where=node, code=Exit.BLOCKED)

    def asked(self) -> list[tuple[Choice, tuple[Option, ...]]]:
        """What somebody has to choose now, each with its options; one without any is not asked."""
        answers = self.build.answers
        facts = self.lookout((), answers)
        questions = []
        for choice in self.play.choices:
            options = choice.options(answers, facts)
            if options:
                questions.append((choice, options))
        return questions

    def choose(self, given: Sequence[str]) -> Mapping[str, str]:
        """Take what somebody chose, each as ID=VALUE.

        Raises WizardError (BLOCKED) with the options: something was not chosen, or is none of them.
        """
        values = self._values(given)
        self._refuse_unknown(values)
        self.chosen = {}
        chosen = {}
        for choice, options in self.asked():
            value = values.get(choice.id, "")
            possible = [option.value for option in options]
            if value not in possible:
                raise _not_chosen(self.play, choice, options, value)
            chosen[choice.id] = value
        self.chosen = chosen
        return chosen

    def _values(self, given: Sequence[str]) -> dict[str, str]:
        """What was chosen, by the choice's identity; raises WizardError for two values of one."""
        values: dict[str, str] = {}
        for text in given:
            identity, _, value = text.partition("=")
            if values.get(identity, value) != value:
                raise self._unknown(text, f"{values[identity]} was chosen as well")
            values[identity] = value
        return values

    def _refuse_unknown(self, values: Mapping[str, str]) -> None:
        known = {choice.id for choice in self.play.choices}
        for identity, value in values.items():
            if identity not in known:
                names = ", ".join(sorted(known)) or "nothing"
                raise self._unknown(f"{identity}={value}", f"there is to choose: {names}")

    def _unknown(self, text: str, mend: str) -> WizardError:
        return WizardError(
            f"--choose {text} is no choice here",
            where=self.play.id,
            mend=mend,
            code=Exit.BLOCKED,
        )

    def fitting(self, diagnosis: Diagnosis) -> Runbook | None:
        """The runbook as this moment's situations have it; None where none has it."""
        for situation in diagnosis.findings.situations:
            for runbook in situation.runbooks:
                if runbook.id == self.play.id:
                    return runbook
        return None

    def objection(self, diagnosis: Diagnosis, accident: Accident | None) -> WizardError | None:
        """Why the runbook must not be gone now. One that was begun is gone on with though its
        situation changed meanwhile: each step has its own reasons to refuse.
        """
        runbook = self.fitting(diagnosis)
        if runbook is None:
            if accident is not None and accident.begun:
                return None
            return WizardError(
                f"{self.play.id} does not fit what is seen",
                mend=LOOK_AGAIN,
                code=Exit.BLOCKED,
            )
        is_claimed = runbook.claimable and self.claim is not None
        if runbook.offered or is_claimed:
            return None
        mend = LOOK_AGAIN
        if runbook.lifted:
            mend = f"until {runbook.lifted}"
        return WizardError(runbook.refused, where=self.play.id, mend=mend, code=Exit.BLOCKED)

    def accident(self) -> Accident:
        """The accident that is gone on with, or a new one."""
        known = unfinished(self.build.store, self.play.id)
        return known or begin(self.build.store, self.play.id, self.clock())

    @contextmanager
    def session(self, accident: Accident, *, read_only: bool = False) -> Iterator[Session]:
        """A session over the runbook's steps: with the build's answers, hosts and secrets, and the
        accident's own store.
        """
        case = replace(accident.case, claim=self.claim, chosen=self.chosen)
        steps = self.play.steps(case)
        hold = self._hold()
        session = Session(
            accident.store,
            steps,
            lambda *_: dict(self.lookout.hosts),
            secrets=self.build.secrets,
            whole=False,
            gather=self.lookout,
            hold=hold,
        )
        session.open(read_only=read_only)
        try:
            session.way_back = self.goes_on_with()
            session.answers = self.build.answers
            session.emit = self._told
            hold.left = lambda: bool(session.in_flight or self.build.in_flight)
            session.connect()
            yield session
        finally:
            session.close(owns_secrets=False)
            hold.left = lambda: bool(self.build.in_flight)

    def _hold(self) -> Hold:
        """The build's locks; what was seen before they were taken no longer counts."""
        hold = self.build.hold or Hold(self.build.store.folder)
        hold.anew = self.lookout.forget
        return hold

    def goes_on_with(self) -> str:
        """The command line that goes on with it."""
        return self.build.way_back or f"{self.build.command} recover"

    def _told(self, event: Event) -> None:
        if isinstance(event, Started):
            self.lookout.forget()
        self.emit(event)

    def tried(self) -> Accident:
        """An accident for a plan that is only looked at: nothing is written."""
        known = unfinished(self.build.store, self.play.id)
        return known or imagined(self.build.store, self.play.id, self.clock())


def _no_way(fenced: str, node: str) -> WizardError:
    ways = "; ".join(f"{key}: {words}" for key, words in FENCED.items())
    return WizardError(
        f"{fenced or 'nothing'} is no way to take a machine's power",
        where=node,
        mend=f"--fenced, one of: {ways}. That somebody rebooted it is none",
        code=Exit.CONSENT,
    )


def _not_chosen(play: Play, choice: Choice, options: tuple[Option, ...], value: str) -> WizardError:
    what = f"{choice.question} Nothing was chosen"
    if value:
        what = f"{choice.question} {value} is none of the options"
    ways = "; ".join(f"{choice.id}={option.value}: {option.words}" for option in options)
    return WizardError(what, where=play.id, mend=f"--choose, one of: {ways}", code=Exit.BLOCKED)
