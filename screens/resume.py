"""The first screen when an earlier run left something: what it claims, and an offer to go on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Static

from screens.page import Page
from screens.shared.states import PageState
from wizard.model.flight import Progress


class ResumeScreen(Page):
    """Unfinished work: going on is the default, and nothing is believed before the hosts were
    looked at.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Go on", key_display="F8"),
        Binding("f5", "look", show=False),
        Binding("r", "recover", "Recover"),
        Binding("m", "planned", "Move, maintenance", show=False),
    ]
    name_of_help = "resume"

    def body(self) -> ComposeResult:
        """When, where it stands, and two buttons."""
        yield Static(self._lead(), classes="lead", markup=False)
        with VerticalScroll(id="claims"):
            yield Static(self._claims(), markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Go on", id="go_on", compact=True)
            yield Button("Hosts and login", id="start", compact=True)

    def on_mount(self) -> None:
        """Going on has the focus."""
        self.set_title("resume", PageState.UNFINISHED if self._unfinished() else PageState.DONE)
        self.query_one("#go_on").focus()
        self.tell(
            "F8 logs in and looks at the hosts; a command in flight is looked at, never "
            "repeated blindly."
        )

    def _unfinished(self) -> bool:
        progress = self.session.progress
        return any(not progress.get(step.id, Progress()).verified for step in self.session.steps)

    def _lead(self) -> str:
        records = self.session.journal.records
        when = str(records[-1].get("at", ""))[:16].replace("T", " ") if records else ""
        torn = (
            " Its last record was cut by a power loss or a kill."
            if self.session.journal.torn
            else ""
        )
        return f"Earlier work from {when} in {self.session.store.folder}.{torn} The journal says:"

    def _claims(self) -> str:
        """Where it stands first: the last step that was begun, and back to the first one."""
        lines: list[str] = []
        claims = self.session.progress
        for number, step in reversed(list(enumerate(self.session.steps, 1))):
            progress = claims.get(step.id)
            if progress is None:
                continue
            lines.append(f"{number:>2} {step.title}: {progress.words}")
            lines += [f"     in flight on {f.host}: {f.line}" for f in progress.flights.values()]
        rest = sum(step.id not in claims for step in self.session.steps)
        if rest:
            left = f"   {rest} steps are not begun" if rest > 1 else "   1 step is not begun"
            lines.insert(0, left)
        return "\n".join(lines)

    def action_recover(self) -> None:
        """r: what is the matter after an accident, and the ways out."""
        self.wizard.action_recover()

    def action_planned(self) -> None:
        """m: move an instance, free a server."""
        self.wizard.action_planned()

    def action_go_on(self) -> None:
        """Log in without asking again."""
        self._leave(resume=True)

    def _leave(self, *, resume: bool) -> None:
        from screens.login import LoginScreen

        self.push(LoginScreen(resume=resume))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Either way leads to the login; the default tries it at once."""
        self._leave(resume=event.button.id == "go_on")
