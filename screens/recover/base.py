"""What the diagnosis shows: its rows, what is under the cursor, a look. What it does is in
screen.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from screens.page import Done, Page
from screens.recover.rows import THAW, Row, first_way, rows
from screens.shared.states import PageState
from screens.shared.words import clock, sentence
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.accident import Accident, left_unfinished
from wizard.daily.diagnosis import diagnose
from wizard.model.events import Event
from wizard.model.recovery import Diagnosis
from wizard.verbs.recovery import text

if TYPE_CHECKING:
    from screens.recover.opening import Opening

STATES = {
    Exit.OK: PageState.OK,
    Exit.PENDING: PageState.TO_DO,
    Exit.UNREACHABLE: PageState.UNKNOWN,
}
BOX = 72
"""Columns of a text in a dialog."""


@dataclass(frozen=True)
class Looked:
    """What one look gave, and the runbooks that were begun before and not ended."""

    diagnosis: Diagnosis
    begun: list[Accident]


class DiagnosisPage(Page):
    """One row a machine, a situation, a way out; what is under the cursor is told below, and whole
    on Enter.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look", key_display="F8"),
        Binding("f8,ctrl+n", "open_way", "Go this way", key_display="F8"),
        Binding("f5", "look", "Look", show=False),
        Binding("escape", "back", "Back", key_display="Esc"),
        Binding("b", "bundle", "Bundle"),
        Binding("t", "timeline", "Timeline"),
    ]
    name_of_help = "recover"

    def __init__(self) -> None:
        super().__init__()
        self.diagnosis: Diagnosis | None = None
        self.shown: list[Row] = []
        self.working = False
        self.opening: Opening | None = None
        self.away = False

    def body(self) -> ComposeResult:
        """The table, and what is under the cursor."""
        table: DataTable[str | Text] = DataTable(cursor_type="row", cell_padding=1, id="rows")
        yield table
        told = Static("", id="whole", markup=False)
        told.border_title = "Enter: all of it"
        yield told

    @property
    def table(self) -> DataTable[str | Text]:
        """The table."""
        return self.query_one("#rows", DataTable)

    def on_mount(self) -> None:
        """Look at once. The hosts are made here when nobody logged in before."""
        # A runbook puts a session of its own in the build's place: this page keeps the build's.
        self.build = self.session
        assert self.build.recovery is not None
        self.recovery = self.build.recovery()
        if not self.build.hosts:
            self.build.connect()
        self.table.add_columns("", "", "what was found, and the ways out, the safest first")
        self.table.focus()
        self.set_interval(1.0, self._tick)
        self.action_look()

    def on_screen_resume(self) -> None:
        """Back from a runbook or a wait: what they changed is looked at."""
        if self.away:
            self.away = False
            self.action_look()

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        if self.opening is not None:
            self.opening.give_up()

    def _tick(self) -> None:
        """Once a second: how long until a silent machine is looked for once more."""
        if self.opening is not None and self.opening.waits:
            left = clock(self.opening.left())
            self.tell(f"silent; looked for once more in {left}, before that counts. Esc gives up")

    def at_work(self, job: Callable[[], Any], done: Done, telling: str) -> bool:
        """Do something in a thread; one thing at a time. A step at work elsewhere is not waited
        for.
        """
        if self.working:
            self.tell("one moment: the last action is still at work")
            return False
        self.working = True
        self.tell(telling)
        self.work(job, done, group="diagnosis")
        return True

    def action_look(self) -> None:
        """F5: look from everywhere again."""
        if self.at_work(self._look, self._seen, "looking from every machine; 45 s at most"):
            self.set_title("recover", PageState.LOOKING)

    action_go_on = action_look

    def _look(self) -> Looked:
        build = self.build
        diagnosis = diagnose(build.answers, build.hosts, self.recovery.doctor)
        return Looked(diagnosis, left_unfinished(build.store, [*self.recovery.plays, THAW]))

    def _seen(self, looked: Looked) -> None:
        self.working = False
        before = self.selected
        self.diagnosis = looked.diagnosis
        self.shown = rows(looked.diagnosis, looked.begun)
        self.table.clear()
        for row in self.shown:
            self.table.add_row(Text(row.sign), Text(row.name), Text(row.what))
        self.table.move_cursor(row=self._row_of(before))
        self._tell_whole()
        self.headline()
        self.tell(f"{text.result(looked.diagnosis)} {self._next()}")

    def headline(self) -> None:
        """What the last look came to."""
        if self.diagnosis is not None:
            self.set_title("recover", STATES[self.diagnosis.exit])

    def _row_of(self, before: Row | None) -> int:
        """Where the cursor goes: where it was, else on the safest way out."""
        for number, row in enumerate(self.shown):
            if before is not None and row.key == before.key:
                return number
        return first_way(self.shown)

    def _next(self) -> str:
        assert self.diagnosis is not None
        if any(row.opens for row in self.shown):
            return "F8 goes the way under the cursor."
        return "F8 looks again."

    def failed(self, error: WizardError) -> None:
        """What was done here ended with an error: the last diagnosis stays."""
        from screens.recover.opening import GivenUp

        self.working = False
        if self.diagnosis is None:
            self.set_title("recover", PageState.UNKNOWN)
        else:
            self.headline()
        if isinstance(error, GivenUp):
            self.tell(error.what)
        else:
            super().failed(error)

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        number = self.table.cursor_row
        return self.shown[number] if 0 <= number < len(self.shown) else None

    def on_data_table_row_highlighted(self) -> None:
        """Tell what is under the cursor."""
        self._tell_whole()

    def on_data_table_row_selected(self) -> None:
        """Enter: all of it, in a dialog that scrolls."""
        row = self.selected
        if row is not None:
            self.show_text(row.name, row.whole(BOX))

    def show_text(self, heading: str, shown: str) -> None:
        """A text in a dialog."""
        from screens.dialogs.text import TextModal

        self.app.push_screen(TextModal(heading, shown))

    def _tell_whole(self) -> None:
        row = self.selected
        if row is not None:
            width = max(BOX, self.app.size.width - 4)
            self.query_one("#whole", Static).update(row.whole(width))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """F8 has one meaning at a time, by what is under the cursor."""
        opens = self.selected is not None and self.selected.opens
        if action == "open_way":
            return opens
        if action == "go_on":
            return not opens
        return super().check_action(action, parameters)

    def on_events(self, events: list[Event]) -> None:
        """What a machine says while it is looked at, or its evidence is kept."""
        if self.app.screen is not self:
            return
        for event in events:
            told = sentence(event)
            if told:
                self.tell(told)
