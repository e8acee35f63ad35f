"""The cluster's health as a live screen: looked at in a thread every half minute, the last result
stays meanwhile.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.shared.states import PageState, of_health
from screens.shared.words import clock
from screens.table import TablePage
from wizard.base.errors import WizardError
from wizard.daily.health import look
from wizard.model.verdicts import Level, Report, Verdict

if TYPE_CHECKING:
    from wizard.model.step import Step

EVERY = 30.0
"""Seconds between the end of one look and the beginning of the next."""
LOCK = "lock"
"""In place of a check: a row that is none, about somebody else who changes a host."""
SIGNS = {
    Level.OK: "[x] ok",
    Level.ABSENT: "[-] not set up",
    Level.UNKNOWN: "[?] unknown",
    Level.WARNING: "[!] warning",
    Level.CRITICAL: "[!] CRITICAL",
}


class HealthScreen(TablePage[Verdict]):
    """One row a verdict; what is under the cursor is told below with its mend, and whole on Enter.

    F8 goes to the step that mends it, where there is one; else it looks again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look", key_display="F8"),
        Binding("f8,ctrl+n", "open_row", "Mend", key_display="F8"),
        Binding("f5", "look", "Look", show=False),
        Binding("v", "verify", "Verify"),
        Binding("p", "pause", "Pause"),
        Binding("w", "worst", "Order"),
        Binding("r", "recover", "Recover", show=False),
        Binding("m", "planned", "Move, maintenance", show=False),
    ]
    name_of_help = "health"
    heads = ("level", "check", "host", "what was found")

    def __init__(self, every: float = EVERY) -> None:
        super().__init__()
        self.every = every
        self.report: Report | None = None
        self._looking = False
        self._paused = False
        self._worst = True
        self._begun = 0.0
        self._ended = 0.0

    def cells(self, row: Verdict) -> tuple[str, ...]:
        """See `TablePage`."""
        sign = "[i] information" if row.check == LOCK else SIGNS[row.level]
        return (sign, row.check, row.host or "cluster", row.what)

    def key(self, row: Verdict) -> tuple[str, str]:
        """The same check on the same host."""
        return (row.check, row.host)

    def heading(self, row: Verdict) -> str:
        """See `TablePage`."""
        return f"{row.check}, {row.host or 'cluster'}"

    def whole(self, row: Verdict, width: int) -> str:
        """The verdict and its mend; the dialog breaks the lines."""
        if row.check == LOCK:
            return row.what
        return f"{SIGNS[row.level]}: {_with_mend(row)}"

    def below(self, row: Verdict, width: int) -> str:
        """The same, with its place instead of the level, which the table has."""
        return f"{self.heading(row)}: {_with_mend(row)}"

    def opens(self, row: Verdict) -> bool:
        """Whether a step of this build mends it."""
        return self._mending(row) is not None

    def on_mount(self) -> None:
        """Begin to look."""
        self.table.focus()
        self.set_title("health", PageState.LOOKING)
        self.set_interval(1.0, self._tick)
        self._look()

    def _tick(self) -> None:
        """Once a second: look when it is time, and say how old the result is."""
        due = time.monotonic() - self._ended >= self.every
        if due and not self._looking and not self._paused and self.app.screen is self:
            self._look()
        self.tell_meanwhile(self._in_short())

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
        # A cursor at the top stays at what is worst.
        before = self.selected if self.table.cursor_row else None
        self.fill(_rows(self.report, worst=self._worst), before)

    def _mending(self, verdict: Verdict) -> Step | None:
        """The step of this build that mends what was found."""
        if not self.wizard.builds:
            return None
        for step in self.session.steps:
            if step.id == verdict.step:
                return step
        return None

    def _say(self) -> None:
        self.tell(self._in_short())

    def _in_short(self) -> str:
        """How old the result is, what goes on, and what can be done next."""
        now = time.monotonic()
        parts = []
        if self.session.checkup is None:
            parts.append("this build has no health checks")
        if self.report is not None:
            parts += _by_whom(self.report)
            parts.append(f"seen {clock(now - self._ended)} ago")
        if self._looking:
            parts.append(f"looking since {clock(now - self._begun)}")
        elif self._paused:
            parts.append("paused: p goes on")
        elif self.session.checkup is not None:
            parts.append(f"looks again in {clock(max(0.0, self.every - (now - self._ended)))}")
        if self.report is not None and self.report.level is Level.CRITICAL:
            parts.append("r: what can be done after an accident")
        elif self.report is not None and self.session.planned is not None:
            parts.append("m: move, maintenance")
        return "; ".join(parts)

    def action_look(self) -> None:
        """F5 and F8: now."""
        self._look()

    action_go_on = action_look

    def action_open_row(self) -> None:
        """F8 on what a step mends: that step."""
        from screens.step.screen import StepScreen

        verdict = self.selected
        step = self._mending(verdict) if verdict is not None else None
        if step is None:
            return
        if self.wizard.running:
            self.answer("a step is at work: it ends first")
            return
        self.push(StepScreen(step))

    def action_verify(self) -> None:
        """v: have Ganeti verify the cluster first."""
        if self._looking:
            self.answer("one moment: a look is under way")
            return
        self._look(fresh=True)

    def action_pause(self) -> None:
        """p: look no more by itself, or do again."""
        self._paused = not self._paused
        self._say()

    def action_recover(self) -> None:
        """r: what is the matter after an accident, and the ways out."""
        self.wizard.action_recover()

    def action_planned(self) -> None:
        """m: move an instance, free a server."""
        self.wizard.action_planned()

    def action_worst(self) -> None:
        """w: the worst first, or in the order of the checks."""
        self._worst = not self._worst
        if self.report is not None:
            self._fill()


def _with_mend(verdict: Verdict) -> str:
    if not verdict.remedy:
        return verdict.what
    return f"{verdict.what}\nTo mend it: {verdict.remedy}"


def _rows(report: Report, *, worst: bool) -> list[Verdict]:
    """All verdicts, and what is to be known beside them: below all that is not well."""
    known = [Verdict(LOCK, lock.host, Level.OK, lock.what) for lock in report.locks]
    if not worst:
        return [*report.verdicts, *known]
    well = [one for one in report.sorted if one.level in (Level.OK, Level.ABSENT)]
    return [*report.sorted[: len(report.sorted) - len(well)], *known, *well]


def _by_whom(report: Report) -> list[str]:
    """Who else changes which hosts, in short."""
    hosts: dict[str, list[str]] = {}
    for lock in report.locks:
        hosts.setdefault(lock.who, []).append(lock.host)
    return [f"{who} changes {', '.join(names)}" for who, names in hosts.items()]
