"""The last look after a maintenance: the cluster's health, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.base.stdio import say
from wizard.daily import health
from wizard.model.verdicts import Level

if TYPE_CHECKING:
    from wizard.run.session import Session

PASSED = (Level.OK, Level.ABSENT)


def closing_look(build: Session) -> None:
    """Say what is not well. It changes nothing, and its failure is no failure of the work."""
    if build.checkup is None:
        return
    try:
        report = health.look(build, build.checkup)
    except WizardError as error:
        say(f"-- health: not looked at: {error}")
        return
    wrong = [verdict for verdict in report.sorted if verdict.level not in PASSED]
    say("-- health: all is well" if not wrong else "-- health:")
    for verdict in wrong:
        where = f"{verdict.host}: " if verdict.host else ""
        say(f"   {verdict.level.value}: {where}{verdict.what}")
