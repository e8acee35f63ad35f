"""The steps of a runbook: the overview of the build over the accident's own session."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.columns import Column
from screens.overview import OverviewScreen
from screens.recover.step import RecoverStep
from screens.recover.underway import Underway
from screens.shared.states import PageState
from screens.shared.words import cell, short_claim
from wizard.model.flight import Progress
from wizard.model.review import State
from wizard.model.step import Step
from wizard.run.session import Session

STATE = (Column("state", ()),)
"""One column: all steps of a runbook look at all machines."""


class RunbookScreen(OverviewScreen):
    """F8 opens the step under the cursor; after the last one it ends the runbook."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Open", key_display="F8"),
        Binding("f8,ctrl+n", "conclude", "End it", key_display="F8"),
        Binding("h", "health", show=False),
        Binding("r", "recover", show=False),
        Binding("m", "planned", show=False),
    ]
    name_of_help = "runbook"

    def __init__(self, under: Underway) -> None:
        super().__init__()
        self.under = under

    @property
    def session(self) -> Session:
        """The accident's, also while the build's takes its place back."""
        return self.under.session

    def choose_columns(self) -> list[Column]:
        """See `OverviewScreen`."""
        return list(STATE)

    def page_of(self, step: Step) -> RecoverStep:
        """See `OverviewScreen`."""
        return RecoverStep(step)

    @property
    def at_end(self) -> bool:
        """Whether the last step was seen done: it undoes what the first ones did, on purpose."""
        last = self.session.steps[-1]
        return bool(self._progress(last).verified)

    def state_of(self, step: Step) -> State:
        """See `OverviewScreen`; at the end all of it was seen done."""
        return State.DONE if self.at_end else super().state_of(step)

    def _state_text(self, step: Step, column: Column, claim: Progress) -> str:
        if step.id in self.session.reviews or self.at_end:
            return cell(self.state_of(step))
        return short_claim(claim) or cell(State.UNSEEN)

    def _headline(self) -> None:
        total = len(self.session.steps)
        state = PageState.DONE if self.at_end else PageState.TO_DO
        if self.busy:
            state = PageState.LOOKING
        self.set_title(f"runbook · {self.under.run.play.id} {self.done}/{total} done", state)
        self.refresh_bindings()

    def _say_next(self) -> None:
        if self.at_end:
            self.tell("All steps were seen done. F8 looks what is left, and ends the runbook.")
        else:
            super()._say_next()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """F8 has one meaning at a time."""
        if action == "conclude":
            return self.at_end
        if action == "go_on":
            return not self.at_end
        return super().check_action(action, parameters)

    def action_conclude(self) -> None:
        """F8 after the last step: look what is left, and write the report."""
        self._pause.set()
        if self.work(self.under.conclude, self._concluded):
            self._headline()
            self.tell("looking what is left")

    def _concluded(self, told: str) -> None:
        from screens.dialogs.text import TextModal

        self._headline()
        self.push(TextModal("The runbook came to its end", told), lambda _: self._go())

    def action_back(self) -> None:
        """Leaving in the middle is asked about: the watcher may stay paused."""
        from screens.dialogs.modal import ConfirmModal

        if not self.under.goes_on:
            self._go()
            return

        def agreed(yes: bool | None) -> None:
            if yes:
                self._go()

        dialog = ConfirmModal("Leave the runbook?", self.under.goes_on, "Leave", "Stay")
        self.push(dialog, agreed)

    def _go(self) -> None:
        """Give the build's session its place back, and go."""
        self._wanted = False
        self._pause.set()
        if self.work(self.wizard.give_back, self._given_back):
            self.tell("writing the report")

    def _given_back(self, result: None) -> None:
        self.leave()
