"""A runbook under way: what its journal holds of the beginning and the end, and its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wizard.base.errors import WizardError
from wizard.daily import accident_report
from wizard.daily.accident import REPORT, Accident, discard, watcher_paused
from wizard.daily.recovering import Recovering
from wizard.daily.report_copy import leave_copy
from wizard.model.recovery import Diagnosis
from wizard.run.session import Session
from wizard.state.files import write_whole

NOTHING = "Nothing was done on any machine, so nothing is kept of it."
PAUSED = "The watcher stays paused."


@dataclass(frozen=True)
class Conclusion:
    """How a run ended: what is left to be mended; and where a copy of its report is, in words, ""
    where nobody agreed to anything.
    """

    left: Diagnosis
    copy: str = ""


def report_of(accident: Accident) -> Path:
    """Where the report of an accident lies."""
    return accident.store.folder / REPORT


@contextmanager
def underway(run: Recovering, accident: Accident, before: Diagnosis) -> Iterator[Session]:
    """The session that carries a runbook out. Its report is written however that ends; where no
    machine was touched, nothing is left of it.
    """
    try:
        with run.session(accident) as session:
            _begin(run, session, before)
            yield session
    finally:
        with suppress(WizardError):
            _leave(accident)


def _leave(accident: Accident) -> None:
    if accident.idle:
        discard(accident)
    else:
        write_whole(report_of(accident), accident_report.report(accident))


def ending(run: Recovering, accident: Accident) -> list[str]:
    """What is so when a runbook was left, finished or not: a sentence each."""
    told = [NOTHING]
    if not accident.idle:
        told = [f"The report: {report_of(accident)}"]
        if not accident.closed:
            told.append("It has not come to its end.")
    if not accident.closed and watcher_paused(run.build.store):
        told.append(PAUSED)
    return told


def _begin(run: Recovering, session: Session, before: Diagnosis) -> None:
    journal = session.journal
    journal.add(accident_report.BEFORE, situations=accident_report.told(before))
    claim = run.claim
    if claim is not None:
        journal.add(accident_report.CLAIM, node=claim.node, fenced=claim.fenced, since=claim.since)
    for choice, value in run.chosen.items():
        journal.add(accident_report.CHOICE, choice=choice, value=value)


def conclude(run: Recovering, accident: Accident, session: Session, *, done: bool) -> Conclusion:
    """Look at what is left, and leave a copy of the report; `done`: the runbook came to its end."""
    journal = session.journal
    left = run.look()
    journal.add(accident_report.AFTER, situations=accident_report.told(left))
    copy = ""
    if accident.begun:
        # Before the end is noted: a run that is killed here leaves it when it is gone on with.
        copy = leave_copy(run, accident, accident_report.report(accident, ends=done)).told
        journal.add(accident_report.COPY, told=copy)
    if done:
        journal.add(accident_report.CLOSED)
    return Conclusion(left, copy)
