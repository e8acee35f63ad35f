"""What the diagnosis shows: its rows, what is under the cursor, a look. What it does is in
screen.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from screens.page import Done
from screens.recover.rows import Row, first_way, rows
from screens.shared.states import PageState
from screens.table import TablePage
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.accident import THAW, Accident, left_unfinished
from wizard.daily.lookout import diagnose
from wizard.model.recovery import Diagnosis
from wizard.verbs.recovery import text

STATES = {
    Exit.OK: PageState.OK,
    Exit.PENDING: PageState.TO_DO,
    Exit.UNREACHABLE: PageState.UNKNOWN,
}


@dataclass(frozen=True)
class Looked:
    """What one look gave, and the runbooks that were begun before and not ended."""

    diagnosis: Diagnosis
    begun: list[Accident]


class DiagnosisPage(TablePage[Row]):
    """One row a machine, a situation, a way out; what is under the cursor is told below, and whole
    on Enter.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look", key_display="F8"),
        Binding("f8,ctrl+n", "open_row", "Go this way", key_display="F8"),
        Binding("f5", "look", "Look", show=False),
        Binding("escape", "back", "Back", key_display="Esc"),
        Binding("b", "bundle", "Bundle"),
        Binding("t", "timeline", "Timeline"),
        Binding("m", "planned", "Move, maintenance", show=False),
    ]
    name_of_help = "recover"
    heads = ("", "", "what was found, and the ways out, the safest first")

    def __init__(self) -> None:
        super().__init__()
        self.diagnosis: Diagnosis | None = None
        self.working = False
        self.away = False

    def cells(self, row: Row) -> tuple[str, ...]:
        """See `TablePage`."""
        return (row.sign, row.name, row.what)

    def key(self, row: Row) -> str:
        """See `TablePage`."""
        return row.key

    def heading(self, row: Row) -> str:
        """See `TablePage`."""
        return row.name

    def whole(self, row: Row, width: int) -> str:
        """See `TablePage`."""
        return row.whole(width)

    def opens(self, row: Row) -> bool:
        """See `TablePage`."""
        return row.opens

    def first_row(self) -> int:
        """The safest way out."""
        return first_way(self.shown)

    def on_mount(self) -> None:
        """Look at once. The hosts are made here when nobody logged in before."""
        # A runbook puts a session of its own in the build's place: this page keeps the build's.
        self.build = self.session
        assert self.build.recovery is not None
        self.recovery = self.build.recovery()
        if not self.build.hosts:
            self.build.connect()
        self.table.focus()
        self.action_look()

    def on_screen_resume(self) -> None:
        """Back from a runbook or a wait: what they changed is looked at."""
        if self.away:
            self.away = False
            self.action_look()

    def at_work(self, job: Callable[[], Any], done: Done, telling: str) -> bool:
        """Do something in a thread; one thing at a time. A step at work elsewhere is not waited
        for.
        """
        if self.working:
            self.answer_busy()
            return False
        self.working = True
        self.tell(telling)
        self.work(job, done, group="diagnosis")
        return True

    def action_look(self) -> None:
        """F5: look from everywhere again."""
        if self.at_work(self._look, self._seen, "looking from every machine"):
            self.set_title("recover", PageState.LOOKING)

    action_go_on = action_look

    def _look(self) -> Looked:
        build = self.build
        diagnosis = diagnose(build, self.recovery.doctor, self.wizard.mailbox.put)
        return Looked(diagnosis, left_unfinished(build.store, [*self.recovery.plays, THAW]))

    def _seen(self, looked: Looked) -> None:
        self.working = False
        self.diagnosis = looked.diagnosis
        self.fill(rows(looked.diagnosis, looked.begun), self.selected)
        self.headline()
        self.tell(f"{text.result(looked.diagnosis)} {self._next()}")

    def headline(self) -> None:
        """What the last look came to."""
        if self.diagnosis is not None:
            self.set_title("recover", STATES[self.diagnosis.exit])

    def _next(self) -> str:
        assert self.diagnosis is not None
        if any(row.opens for row in self.shown):
            return "F8 goes the way under the cursor."
        return "F8 looks again."

    def action_planned(self) -> None:
        """m: what can be done while nothing is the matter."""
        self.wizard.action_planned()

    def rest(self) -> None:
        """Nothing is at work any more; the last diagnosis stays."""
        self.working = False
        if self.diagnosis is None:
            self.set_title("recover", PageState.UNKNOWN)
        else:
            self.headline()

    def failed(self, error: WizardError) -> None:
        """What was done here ended with an error."""
        self.rest()
        super().failed(error)

    on_events = TablePage.tell_events
