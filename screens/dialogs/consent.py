"""Consent to what cannot be undone: each word is typed by hand, and the focus starts on Cancel."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from screens.dialogs.modal import Modal
from screens.keyboard import Line
from screens.shared.step_texts import at_stake
from wizard.model.plan import Plan


class TypeModal(Modal[tuple[str, ...] | None]):
    """Every word must be typed exactly before the button that goes on can be pressed."""

    danger = True

    def __init__(self, heading: str, text: str, words: dict[str, str], yes: str) -> None:
        super().__init__()
        self.heading = heading
        self.text = text
        self.words = words
        self.yes = yes

    def content(self) -> Iterator[Widget]:
        """Per word: what is at stake, and an input."""
        yield Static(self.text, markup=False)
        for number, (word, stake) in enumerate(self.words.items()):
            yield Static(stake, markup=False, classes="stake")
            yield Horizontal(
                Static(f"Type {word}: ", markup=False, classes="ask"),
                Line(compact=True, id=f"word{number}"),
                Static("", classes="mark", id=f"mark{number}", markup=False),
                classes="typed",
            )

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Cancel first."""
        yield "Cancel", "refuse"
        yield self.yes, "accept"

    def begin(self) -> None:
        """Nothing is agreed to yet."""
        super().begin()
        self._judge()

    @property
    def right(self) -> bool:
        """Whether every word is typed as it should be."""
        return all(self._typed(number) == word for number, word in enumerate(self.words))

    def _typed(self, number: int) -> str:
        return self.query_one(f"#word{number}", Input).value.strip()

    def _judge(self) -> None:
        for number, word in enumerate(self.words):
            typed = self._typed(number)
            mark = ""
            if typed:
                mark = "ok" if typed == word else "differs"
            self.query_one(f"#mark{number}", Static).update(mark)
        self.query_one("#accept", Button).disabled = not self.right

    def on_input_changed(self) -> None:
        """Compare at every key."""
        self._judge()

    def on_input_submitted(self) -> None:
        """Enter goes on to the next word, and after the last one to the button."""
        self.focus_next()
        if self.right:
            self.query_one("#accept", Button).focus()

    def answer(self, name: str) -> None:
        """The typed words, or None."""
        self.dismiss(tuple(self.words) if name == "accept" and self.right else None)


def destruction(plan: Plan) -> TypeModal:
    """The dialog for a plan that destroys data."""
    words = {word: at_stake(plan, word) for word in plan.confirmations}
    text = "This destroys data, and there is no way back. Tab leads to the first word."
    return TypeModal("Confirm destruction", text, words, "Destroy and run")
