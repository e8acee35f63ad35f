"""A server that is free to be worked on: what must not be done until it is back, and the wait."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from screens.page import Page
from screens.shared.states import PageState
from screens.shared.words import clock
from wizard.base.errors import WizardError
from wizard.daily.accident import Accident
from wizard.daily.maintaining import LOOK_SECONDS, boot, is_another, is_here
from wizard.daily.planned import Errands
from wizard.verbs.planned import text

HERE = (
    "This program runs on that server: leave it (Ctrl+Q) before the reboot, and begin it again "
    "afterwards."
)


class FreeScreen(Page):
    """It looks whether the server was rebooted; F8 takes it back, rebooted or not. Esc leaves it as
    it is: the line of the server leads here again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Take it back", key_display="F8"),
    ]
    name_of_help = "planned"

    def __init__(self, run: Errands, accident: Accident, *, every: float = LOOK_SECONDS) -> None:
        super().__init__()
        self.errands = run
        self.accident = accident
        self.every = every
        self.takes_back = False
        self.looking = False
        self.rebooted = False
        self.begun = 0.0
        self.ended = 0.0

    def body(self) -> ComposeResult:
        """How long it is free by now, and what counts meanwhile."""
        yield Static("", id="countdown", markup=False)
        told = text.free(self.errands, self.accident)
        if is_here(self.errands, self.accident):
            told += f"\n\n{HERE}"
        with VerticalScroll(id="last"):
            yield Static(told, id="seen", markup=False)

    def on_mount(self) -> None:
        """Begin to look."""
        self.begun = time.monotonic()
        self.query_one("#last").focus()
        self.set_title("wait", PageState.WAITING)
        self.set_interval(1.0, self.tick)
        self.action_look()

    def tick(self) -> None:
        """Once a second: look when it is time, and say how long it is away."""
        due = time.monotonic() - self.ended >= self.every
        if due and not self.looking and not self.rebooted and self.app.screen is self:
            self.action_look()
        waited = clock(time.monotonic() - self.begun)
        self.query_one("#countdown", Static).update(f"waited for since {waited}")

    def action_look(self) -> None:
        """F5: ask it now in which boot it is."""
        if not self.looking:
            self.looking = True
            self.work(self._look, self._seen, group="wait")

    def _look(self) -> str:
        return boot(self.errands, self.accident)

    def _seen(self, known: str) -> None:
        self.looking = False
        self.ended = time.monotonic()
        node = self.accident.case.subject
        self.rebooted = is_another(self.accident, known)
        if self.rebooted:
            self.set_title("wait", PageState.DONE)
            self.tell(f"{node} was rebooted, and answers. F8 takes it back.")
        elif known:
            self.set_title("wait", PageState.WAITING)
            self.tell(f"{node} answers, not rebooted so far. F8 takes it back; Esc: later.")
        else:
            self.set_title("wait", PageState.WAITING)
            self.tell(f"{node} does not answer. As soon as it does, F8 takes it back; Esc: later.")

    def failed(self, error: WizardError) -> None:
        """The look itself failed: it is tried again in time."""
        self.looking = False
        self.ended = time.monotonic()
        self.tell(str(error))

    def action_go_on(self) -> None:
        """F8: the work is done."""
        self.takes_back = True
        self.leave()
