"""A form made of questions: one field a line, each with its own error under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from screens.form.fields import Field, field_for
from screens.shared.questions import questions, value_of
from wizard.model.step import Choice


class Form(Vertical):
    """The questions of a model, filled in with `value`."""

    def __init__(
        self,
        model: type[BaseModel],
        value: BaseModel | None,
        nodes: tuple[str, ...],
        choices: Mapping[str, Mapping[str, tuple[Choice, ...]]] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.nodes = nodes
        choices = choices or {}
        self.fields: list[Field] = [
            field_for(question, value_of(value, question), nodes, choices.get(question.name, {}))
            for question in questions(model, nodes)
        ]

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
