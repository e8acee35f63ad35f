"""What only a person can decide: an arrow key chooses, Enter takes; at first nothing is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Line

from screens.dialogs.modal import Modal

if TYPE_CHECKING:
    from wizard.model.accident import Choice, Option

WIDTH = 68
"""Columns of an option's words in the dialog."""
NOTE = "Arrow keys choose, Enter takes what is chosen. Nothing is done before its steps are shown."


class ChoiceModal(Modal["str | None"]):
    """One of a choice's options by its value, or None. What an option begins and ends with is seen:
    its value stands above its words.
    """

    heading = "To be chosen"

    def __init__(self, choice: Choice, options: tuple[Option, ...]) -> None:
        super().__init__()
        self.choice = choice
        self.options = options

    def content(self) -> Iterator[Widget]:
        """The question, and the list."""
        yield Static(self.choice.question, markup=False, classes="stake")
        yield Static(NOTE, markup=False, classes="lead")
        lines: list[Line | None] = []
        for option in self.options:
            if lines:
                lines.append(None)
            words = fill(option.words, WIDTH, initial_indent="   ", subsequent_indent="   ")
            lines.append(Line(f"{option.value}\n{words}", id=option.value))
        yield OptionList(*lines, compact=True, markup=False)

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Only a way out: Enter on the list takes one."""
        yield "Cancel", "refuse"

    def begin(self) -> None:
        """The list has the focus, and no option is chosen: Enter alone decides nothing."""
        listed = self.query_one(OptionList)
        listed.highlighted = None
        listed.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with what was taken."""
        self.dismiss(event.option.id)
