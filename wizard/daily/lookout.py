"""The looks of one accident: each at everything, each counted once, none older than it may be.

All steps of a runbook are judged by the same facts, so one look serves the end of a step and the
beginning of the next one, as long as nothing was run in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.daily.diagnosis import look_around, with_here
from wizard.model.events import Emit, ignore
from wizard.model.facts import Facts
from wizard.model.recovery import Diagnosis, Doctor
from wizard.run.others import locks

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host
    from wizard.model.facts import Fact
    from wizard.run.session import Session

FRESH = 20.0
"""Seconds for which a look counts."""


@dataclass
class Lookout:
    """Called in place of `wizard.run.gather.gather`; `hosts` are all that can be looked at,
    `folder` the state directory of whoever looks.
    """

    doctor: Doctor
    hosts: Mapping[str, Host]
    folder: Path
    emit: Emit = ignore
    clock: Callable[[], float] = time.time
    facts: Facts | None = None
    arrived: Mapping[str, float] | None = None
    taken: float = 0.0
    """When the last look began, in seconds since 1970."""
    seconds: float = 0.0
    _ended: float = 0.0

    def forget(self) -> None:
        """Something is run: what was seen before it no longer counts."""
        self.facts = None

    def __call__(
        self, wanted: Sequence[tuple[Host, Sequence[Fact[Any]]]], answers: Answers
    ) -> Facts:
        """What there is to be seen now; never raises for a host."""
        if self.facts is None or time.monotonic() - self._ended > FRESH:
            self.taken = self.clock()
            begun = time.monotonic()
            self.facts, self.arrived = look_around(answers, self.hosts, self.doctor, self.emit)
            self._ended = time.monotonic()
            self.seconds = self._ended - begun
        return self.facts

    def diagnosis(self, answers: Answers) -> Diagnosis:
        """What is the matter now."""
        facts = self((), answers)
        now = self.clock()
        findings = self.doctor.judge(answers, facts, self.arrived or {}, now)
        held = tuple(locks(facts, self.folder, now))
        return Diagnosis(answers.hosts.cluster_name, self.taken, self.seconds, findings, held)


def diagnose(session: Session, doctor: Doctor, emit: Emit = ignore) -> Diagnosis:
    """Look once and judge, telling meanwhile who answers. It changes nothing on any host, and
    raises for none.
    """
    answers = session.answers
    hosts = with_here(answers, session.hosts, doctor)
    return Lookout(doctor, hosts, session.store.folder, emit).diagnosis(answers)
