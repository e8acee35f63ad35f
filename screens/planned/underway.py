"""Planned work that is carried out on the screens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from screens.recover.underway import Underway
from wizard.daily import maintaining
from wizard.daily.outage import Stopwatch
from wizard.daily.planned import Errands
from wizard.daily.underway import conclude, report_of
from wizard.verbs.planned import text as planned_text
from wizard.verbs.recovery import text

if TYPE_CHECKING:
    from wizard.daily.work import Work


@dataclass
class ErrandUnderway(Underway):
    """The same as a runbook, with a stopwatch for each instance that is moved."""

    work: Work = field(kw_only=True)
    stopwatches: list[Stopwatch] = field(kw_only=True)
    free: bool = False
    """The node is free to be worked on by now: that is the end of the first half."""

    def conclude(self) -> str:
        """See `Underway`. A node that is free is not at its end: it is taken back later."""
        ended = conclude(self.run, self.accident, self.session, done=not self.work.frees)
        told = [one.told for one in self.stopwatches]
        if self.work.frees:
            assert isinstance(self.run, Errands)
            maintaining.note_free(self.run, self.accident, self.session)
            self.free = True
            told.append(planned_text.free(self.run, self.accident))
        else:
            told.append(text.left(ended.left))
        told.append(f"The report: {report_of(self.accident)}\n{ended.copy}")
        return "\n\n".join(told)
