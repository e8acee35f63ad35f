"""The question for a list of things, each with questions of its own: instances, and the nodes
themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from pydantic import BaseModel
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import OptionList, Static

from screens.dialogs.modal import Modal
from screens.form.fields import Field
from screens.form.form import Form
from screens.shared.field_summary import summary
from screens.shared.given import check
from screens.shared.questions import Question

MakeForm = Callable[[type[BaseModel], BaseModel | None], Form]
"""Makes the form of one item, new or as it stands."""


class ItemModal(Modal[BaseModel | None]):
    """The form of one item."""

    def __init__(self, heading: str, model: type[BaseModel], form: Form) -> None:
        super().__init__()
        self.heading = heading
        self.model = model
        self.form = form

    def content(self) -> Iterator[Widget]:
        """The form."""
        yield self.form

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Keep, or not."""
        yield "Keep", "keep"
        yield "Cancel", "refuse"

    def begin(self) -> None:
        """The first field has the focus."""
        self.form.fields[0].take_focus()

    def on_input_submitted(self) -> None:
        """Enter goes on to the next field."""
        self.focus_next()

    def answer(self, name: str) -> None:
        """Close with the item when it is valid; otherwise show what is wrong."""
        if name == "refuse":
            self.dismiss(None)
            return
        item, wrong = check(self.model, self.form.values)
        self.form.show_errors(wrong)
        if item is not None:
            self.dismiss(item)


class ListField(Field):
    """The items as lines: Enter edits, a adds, d deletes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add"),
        Binding("d", "remove", "Delete"),
    ]

    def __init__(self, question: Question, value: Any, make_form: MakeForm) -> None:
        super().__init__(question, value)
        self.make_form = make_form
        self.items: list[BaseModel] = list(value or [])

    def compose(self) -> ComposeResult:
        """The question, then the items."""
        yield Static(
            f"{self.question.text} (Enter edits, a adds, d deletes)",
            classes="heading",
            markup=False,
        )
        yield OptionList(*map(summary, self.items), compact=True, markup=False)
        yield self.error

    @property
    def value(self) -> Any:
        """The items as plain values."""
        return [item.model_dump(mode="json") for item in self.items]

    def _show(self) -> None:
        lines = self.query_one(OptionList)
        at = lines.highlighted or 0
        lines.clear_options()
        lines.add_options(map(summary, self.items))
        lines.highlighted = min(at, len(self.items) - 1) if self.items else None

    def _edit(self, at: int | None) -> None:
        model = self.question.item
        assert model is not None

        def kept(item: BaseModel | None) -> None:
            if item is not None:
                if at is None:
                    self.items.append(item)
                else:
                    self.items[at] = item
                self._show()

        value = None if at is None else self.items[at]
        form = self.make_form(model, value)
        self.app.push_screen(ItemModal(self.question.text, model, form), kept)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: edit."""
        event.stop()
        self._edit(event.option_index)

    def action_add(self) -> None:
        """One more."""
        self._edit(None)

    def action_remove(self) -> None:
        """One less."""
        at = self.query_one(OptionList).highlighted
        if at is not None:
            del self.items[at]
            self._show()
