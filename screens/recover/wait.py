"""Waiting, as a way out: it counts down, and looks again as long as that may help."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from screens.page import Page
from screens.shared.states import PageState
from screens.shared.words import clock
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.waiting import LOOK_SECONDS, WAIT_SECONDS
from wizard.model.recovery import Diagnosis
from wizard.verbs.recovery import text

BESIDE = 3
"""Columns of the screen beside a text."""


class WaitScreen(Page):
    """Looks every half minute, for ten minutes at most; it changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Look now", key_display="F8"),
        Binding("f5", "look", show=False),
    ]
    name_of_help = "recover"

    def __init__(
        self,
        look: Callable[[], Diagnosis],
        *,
        every: float = LOOK_SECONDS,
        seconds: float = WAIT_SECONDS,
    ) -> None:
        super().__init__()
        self.look_on = look
        self.every = every
        self.seconds = seconds
        self.looking = False
        self.over = False
        self.begun = 0.0
        self.ended = 0.0

    def body(self) -> ComposeResult:
        """What the last look said."""
        yield Static("", id="countdown", markup=False)
        with VerticalScroll(id="last"):
            yield Static("Looking…", id="seen", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.begun = time.monotonic()
        self.query_one("#last").focus()
        self.set_interval(1.0, self.tick)
        self.action_look()

    @property
    def left(self) -> float:
        """Seconds of the wait that are left."""
        return max(0.0, self.begun + self.seconds - time.monotonic())

    def tick(self) -> None:
        """Once a second: count down, and look when it is time."""
        due = time.monotonic() - self.ended >= self.every or not self.left
        if due and not self.looking and not self.over and self.app.screen is self:
            self.action_look()
        self._count()

    def _count(self) -> None:
        told = f"{clock(self.left)} left"
        if self.over:
            told = "Over."
        elif self.looking:
            told += "; looking"
        else:
            again = self.every - (time.monotonic() - self.ended)
            told += f"; looks again in {clock(max(0.0, again))}"
        self.query_one("#countdown", Static).update(told)

    def action_look(self) -> None:
        """Look now."""
        if self.looking:
            return
        self.looking = True
        if not self.over:
            self.set_title("wait", PageState.LOOKING)
        self.work(self.look_on, self._seen, group="diagnosis")

    action_go_on = action_look

    def _seen(self, diagnosis: Diagnosis) -> None:
        self.looking = False
        self.ended = time.monotonic()
        width = self.app.size.width - BESIDE
        self.query_one("#seen", Static).update(text.text(diagnosis, width))
        well = diagnosis.exit is Exit.OK
        self.over = self.over or not diagnosis.may_pass or not self.left
        if well:
            self.set_title("wait", PageState.DONE)
            self.tell("Nothing is the matter any more. Esc leads back.")
        elif self.over:
            self.set_title("wait", PageState.UNFINISHED)
            ended = f"{text.why_over(diagnosis)}: {text.in_short(diagnosis)}"
            self.tell(f"{ended}. Esc leads to the ways out.")
        else:
            self.set_title("wait", PageState.WAITING)
            self.tell(f"{text.in_short(diagnosis)}. Nothing is changed; Esc ends the wait.")
        self._count()

    def failed(self, error: WizardError) -> None:
        """The look itself failed, not a machine: it is tried again in time."""
        self.looking = False
        self.ended = time.monotonic()
        self.set_title("wait", PageState.WAITING)
        self.tell(str(error))
