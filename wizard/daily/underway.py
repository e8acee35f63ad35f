"""A runbook under way: what its journal holds of the beginning and the end, and its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.base.errors import WizardError
from wizard.daily import accident_report
from wizard.daily.accident import Accident
from wizard.daily.recovering import Recovering
from wizard.model.recovery import Diagnosis
from wizard.run.session import Session
from wizard.state.files import write_whole

REPORT = "report.md"


def report_of(accident: Accident) -> Path:
    """Where the report of an accident lies."""
    return accident.store.folder / REPORT


@contextmanager
def underway(run: Recovering, accident: Accident, before: Diagnosis) -> Iterator[Session]:
    """The session that carries a runbook out. Its report is written however that ends."""
    with run.session(accident) as session:
        _begin(run, session, before)
        try:
            yield session
        finally:
            with suppress(WizardError):
                write_whole(report_of(accident), accident_report.report(accident))


def _begin(run: Recovering, session: Session, before: Diagnosis) -> None:
    journal = session.journal
    journal.add(accident_report.BEFORE, situations=accident_report.told(before))
    claim = run.claim
    if claim is not None:
        journal.add(accident_report.CLAIM, node=claim.node, fenced=claim.fenced, since=claim.since)
    for choice, value in run.chosen.items():
        journal.add(accident_report.CHOICE, choice=choice, value=value)


def conclude(run: Recovering, session: Session, *, done: bool) -> Diagnosis:
    """Look at what is left; `done`: the runbook came to its end."""
    left = run.look()
    session.journal.add(accident_report.AFTER, situations=accident_report.told(left))
    if done:
        session.journal.add(accident_report.CLOSED)
    return left
