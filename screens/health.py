"""The cluster's health as a live screen: looked at in a thread every half minute, the last result
stays meanwhile.
"""

from __future__ import annotations

import time
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from screens.page import Page
from screens.shared.words import clock
from wizard.base.errors import WizardError
from wizard.daily.health import look
from wizard.model.verdicts import Level, Report, Verdict

EVERY = 30.0
"""Seconds between the end of one look and the beginning of the next."""
SIGNS = {
    Level.OK: "[x] ok",
    Level.ABSENT: "[-] not set up",
    Level.UNKNOWN: "[?] unknown",
    Level.WARNING: "[!] warning",
    Level.CRITICAL: "[!] CRITICAL",
}


class HealthScreen(Page):
    """One row a verdict; what is under the cursor is told below, with its mend, and whole on Enter."""  # noqa: E501

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look", key_display="F8"),
        Binding("f5", "look", "Look", show=False),
        Binding("v", "verify", "Verify"),
        Binding("p", "pause", "Pause"),
        Binding("w", "worst", "Order"),
    ]
    name_of_help = "health"

    def __init__(self, every: float = EVERY) -> None:
        super().__init__()
        self.every = every
        self.report: Report | None = None
        self.shown: tuple[Verdict, ...] = ()
        self._looking = self._paused = False
        self._worst = True
        self._begun = self._ended = 0.0

    def body(self) -> ComposeResult:
        """The table, and the verdict under the cursor."""
        table: DataTable[str | Text] = DataTable(cursor_type="row", cell_padding=1, id="verdicts")
        yield table
        told = Static("", id="verdict", markup=False)
        told.border_title = "Enter: all of it"
        yield told

    @property
    def table(self) -> DataTable[str | Text]:
        """The table of verdicts."""
        return self.query_one("#verdicts", DataTable)

    def on_mount(self) -> None:
        """Begin to look."""
        self.table.add_columns("level", "check", "host", "what was found")
        self.table.focus()
        self.set_title("health", "LOOKING")
        self.set_interval(1.0, self._tick)
        self._look()

    def _tick(self) -> None:
        """Once a second: look when it is time, and say how old the result is."""
        due = time.monotonic() - self._ended >= self.every
        if due and not self._looking and not self._paused and self.app.screen is self:
            self._look()
        self._say()

    def _look(self, *, fresh: bool = False) -> None:
        """Look in a thread; a look that is under way is not doubled. A step at work elsewhere is
        not waited for.
        """
        checkup = self.session.checkup
        if self._looking or checkup is None:
            return
        self._looking, self._begun = True, time.monotonic()
        self.work(partial(look, self.session, checkup, fresh=fresh), self._seen, group="health")
        self._say()

    def _seen(self, report: Report) -> None:
        self._looking, self._ended = False, time.monotonic()
        self.report = report
        self.set_title("health", report.level.value.upper())
        self._fill()
        self._say()

    def failed(self, error: WizardError) -> None:
        """The look itself failed, not a host: say so, keep what was seen, try again in time."""
        self._looking, self._ended = False, time.monotonic()
        self.set_title("health", "UNKNOWN")
        self.tell(str(error))

    def _fill(self) -> None:
        assert self.report is not None
        row = self.table.cursor_row
        kept = self.shown[row] if 0 <= row < len(self.shown) else None
        self.shown = self.report.sorted if self._worst else self.report.verdicts
        self.table.clear()
        for one in self.shown:
            self.table.add_row(
                Text(SIGNS[one.level]), one.check, one.host or "cluster", Text(one.what)
            )
        places = [
            n
            for n, one in enumerate(self.shown)
            if kept and (one.check, one.host) == (kept.check, kept.host)
        ]
        self.table.move_cursor(row=places[0] if places and row else 0)
        self._tell_verdict(self.table.cursor_row)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Tell the verdict under the cursor."""
        self._tell_verdict(event.cursor_row)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter: the whole of the verdict, in a dialog that scrolls."""
        from screens.dialogs.text import TextModal

        if 0 <= event.cursor_row < len(self.shown):
            one = self.shown[event.cursor_row]
            self.app.push_screen(TextModal(_place(one), f"{SIGNS[one.level]}: {_whole(one)}"))

    def _tell_verdict(self, row: int) -> None:
        if 0 <= row < len(self.shown):
            one = self.shown[row]
            self.query_one("#verdict", Static).update(f"{_place(one)}: {_whole(one)}")

    def _say(self) -> None:
        now = time.monotonic()
        parts = []
        if self.session.checkup is None:
            parts.append("this build has no health checks")
        if self.report is not None:
            parts.append(f"seen {clock(now - self._ended)} ago")
        if self._looking:
            parts.append(f"looking since {clock(now - self._begun)}")
        elif self._paused:
            parts.append("paused: p goes on")
        elif self.session.checkup is not None:
            parts.append(f"looks again in {clock(max(0.0, self.every - (now - self._ended)))}")
        self.tell("; ".join(parts))

    def action_look(self) -> None:
        """F5 and F8: now."""
        self._look()

    action_go_on = action_look

    def action_verify(self) -> None:
        """v: have Ganeti verify the cluster first."""
        if self._looking:
            self.tell("one moment: a look is under way")
            return
        self._look(fresh=True)

    def action_pause(self) -> None:
        """p: look no more by itself, or do again."""
        self._paused = not self._paused
        self._say()

    def action_worst(self) -> None:
        """w: the worst first, or in the order of the checks."""
        self._worst = not self._worst
        if self.report is not None:
            self._fill()


def _place(one: Verdict) -> str:
    return f"{one.check}, {one.host or 'cluster'}"


def _whole(one: Verdict) -> str:
    return f"{one.what}\nTo mend it: {one.remedy}" if one.remedy else one.what
