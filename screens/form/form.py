"""A form made of questions: one field a line, each with its own error under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from screens.form.fields import Field


class Form(Vertical):
    """The questions of a model."""

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        self.fields = list(fields)

    def compose(self) -> ComposeResult:
        """What is wrong with the whole, then the fields."""
        yield Static("", id="wrong", classes="wrong", markup=False)
        yield from self.fields

    @property
    def values(self) -> dict[str, Any]:
        """What the operator gave in, by dotted name."""
        return {field.question.name: field.value for field in self.fields}

    @property
    def erase(self) -> set[str]:
        """Serials of disks in use that the operator typed."""
        return {serial for field in self.fields for serial in field.erase}

    def show_errors(self, wrong: Mapping[str, str]) -> None:
        """Put each error under its field, and the focus on the first of them."""
        names = {field.question.name for field in self.fields}
        for field in self.fields:
            field.show_error(wrong.get(field.question.name, ""))
        whole = "; ".join(text for name, text in wrong.items() if name not in names)
        self.query_one("#wrong", Static).update(f"! {whole}" if whole else "")
        self.query_one("#wrong").set_class(bool(whole), "shown")
        for field in self.fields:
            if field.question.name in wrong:
                field.take_focus()
                return
