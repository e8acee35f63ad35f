"""A runbook that is carried out on the screens."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from wizard.daily.accident import Accident, watcher_paused
from wizard.daily.recovering import Recovering
from wizard.daily.underway import PAUSED, conclude, report_of
from wizard.run.session import Session
from wizard.verbs.recovery import text


@dataclass
class Underway:
    """One run of a runbook, and the build that waits meanwhile."""

    build: Session
    run: Recovering
    accident: Accident
    session: Session
    held: ExitStack
    """The lock and the session; closing it writes the report."""

    def conclude(self) -> str:
        """After the last step: look what is left, close the folder; what is to be told of it."""
        ended = conclude(self.run, self.accident, self.session, done=True)
        return (
            f"{self.run.play.title}: the runbook came to its end.\n\n"
            f"{text.left(ended.left)}\n\nThe report: {report_of(self.accident)}\n{ended.copy}"
        )

    @property
    def goes_on(self) -> str:
        """How a runbook that was left is gone on with; "" for one that came to its end, or where
        nothing was agreed to.
        """
        if self.accident.closed or not self.accident.begun:
            return ""
        paused = f" {PAUSED}" if watcher_paused(self.build.store) else ""
        return (
            f"{self.run.play.id} has not come to its end.{paused} "
            f"Go on with: {self.session.resume_command}"
        )
