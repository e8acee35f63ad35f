"""The cluster's health as a live screen: looked at in a thread every half minute, the last result
stays meanwhile.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from screens.page import Page
from screens.shared.states import PageState, of_health
from screens.shared.words import clock
from wizard.base.errors import WizardError
from wizard.daily.health import look
from wizard.model.verdicts import Level, Report, Verdict

if TYPE_CHECKING:
    from wizard.model.step import Step

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
    """One row a verdict; what is under the cursor is told below with its mend, and whole on Enter.

    F8 goes to the step that mends it, where there is one; else it looks again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look", key_display="F8"),
        Binding("f8,ctrl+n", "open_step", "Mend", key_display="F8"),
        Binding("f5", "look", "Look", show=False),
        Binding("v", "verify", "Verify"),
        Binding("p", "pause", "Pause"),
        Binding("w", "worst", "Order"),
        Binding("r", "recover", "Recover", show=False),
    ]
    name_of_help = "health"

    def __init__(self, every: float = EVERY) -> None:
        super().__init__()
        self.every = every
        self.report: Report | None = None
        self.shown: tuple[Verdict, ...] = ()
        self._looking = False
        self._paused = False
        self._worst = True
        self._begun = 0.0
        self._ended = 0.0

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
        self.set_title("health", PageState.LOOKING)
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
        self._looking = True
        self._begun = time.monotonic()
        self.work(partial(look, self.session, checkup, fresh=fresh), self._seen, group="health")
        self._say()

    def _seen(self, report: Report) -> None:
        self._looking = False
        self._ended = time.monotonic()
        self.report = report
        self.set_title("health", of_health(report.level))
        self._fill()
        self._say()

    def failed(self, error: WizardError) -> None:
        """The look itself failed, not a host: say so, keep what was seen, try again in time."""
        self._looking = False
        self._ended = time.monotonic()
        self.set_title("health", PageState.UNKNOWN)
        self.tell(str(error))

    def _fill(self) -> None:
        assert self.report is not None
        before = self.selected if self.table.cursor_row else None
        self.shown = self.report.sorted if self._worst else self.report.verdicts
        self.table.clear()
        for verdict in self.shown:
            self.table.add_row(
                Text(SIGNS[verdict.level]),
                verdict.check,
                verdict.host or "cluster",
                Text(verdict.what),
            )
        self.table.move_cursor(row=self._row_of(before))
        self._tell_verdict()

    def _row_of(self, before: Verdict | None) -> int:
        """Where the cursor goes: the same check on the same host, else the top."""
        for row, verdict in enumerate(self.shown):
            if before and (verdict.check, verdict.host) == (before.check, before.host):
                return row
        return 0

    @property
    def selected(self) -> Verdict | None:
        """The verdict under the cursor."""
        row = self.table.cursor_row
        return self.shown[row] if 0 <= row < len(self.shown) else None

    @property
    def mending(self) -> Step | None:
        """The step of this build that mends what is under the cursor."""
        verdict = self.selected
        if self.wizard.after_accident:
            return None
        for step in self.session.steps:
            if verdict is not None and step.id == verdict.step:
                return step
        return None

    def on_data_table_row_highlighted(self) -> None:
        """Tell the verdict under the cursor."""
        self._tell_verdict()

    def on_data_table_row_selected(self) -> None:
        """Enter: the whole of the verdict, in a dialog that scrolls."""
        from screens.dialogs.text import TextModal

        verdict = self.selected
        if verdict is not None:
            text = f"{SIGNS[verdict.level]}: {_whole(verdict)}"
            self.app.push_screen(TextModal(_place(verdict), text))

    def _tell_verdict(self) -> None:
        verdict = self.selected
        if verdict is not None:
            self.query_one("#verdict", Static).update(f"{_place(verdict)}: {_whole(verdict)}")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """F8 has one meaning at a time, by what is under the cursor."""
        if action == "open_step":
            return self.mending is not None
        if action == "go_on":
            return self.mending is None
        return super().check_action(action, parameters)

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
        if self.report is not None and self.report.level is Level.CRITICAL:
            parts.append("r: what can be done after an accident")
        self.tell("; ".join(parts))

    def action_look(self) -> None:
        """F5 and F8: now."""
        self._look()

    action_go_on = action_look

    def action_open_step(self) -> None:
        """F8 on what a step mends: that step."""
        from screens.step.screen import StepScreen

        step = self.mending
        if step is None:
            return
        if self.wizard.running:
            self.tell("a step is at work: it ends first")
            return
        self.app.push_screen(StepScreen(step))

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

    def action_recover(self) -> None:
        """r: what is the matter after an accident, and the ways out."""
        self.wizard.action_recover()

    def action_worst(self) -> None:
        """w: the worst first, or in the order of the checks."""
        self._worst = not self._worst
        if self.report is not None:
            self._fill()


def _place(verdict: Verdict) -> str:
    return f"{verdict.check}, {verdict.host or 'cluster'}"


def _whole(verdict: Verdict) -> str:
    if not verdict.remedy:
        return verdict.what
    return f"{verdict.what}\nTo mend it: {verdict.remedy}"
