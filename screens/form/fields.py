"""The fields of a form, one class for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Select, Static

from screens.keyboard import Line
from screens.shared.questions import Question, shown
from wizard.model.step import Choice

Choices = Mapping[str, tuple[Choice, ...]]


class Field(Vertical):
    """A question on the screen: its text, something to give it in, and what is wrong with that."""

    def __init__(self, question: Question, value: Any) -> None:
        super().__init__(classes="field")
        self.question = question
        self.given = value
        self.error = Static("", classes="wrong", markup=False)

    def compose(self) -> ComposeResult:
        """Text and input side by side, the error below."""
        with Horizontal(classes="line"):
            yield Static(self.question.text, classes="ask", markup=False)
            yield from self.inputs()
        yield self.error

    def inputs(self) -> ComposeResult:
        """The widgets to give it in."""
        yield from ()

    @property
    def value(self) -> Any:
        """What is given in now."""
        return self.given

    @property
    def erase(self) -> set[str]:
        """Serials typed to overrule a refusal; only disks have any."""
        return set()

    def show_error(self, text: str) -> None:
        """Say what is wrong, or nothing."""
        self.error.update(f"! {text}" if text else "")
        self.error.set_class(bool(text), "shown")

    def take_focus(self) -> None:
        """Focus the first thing that can have it."""
        for widget in self.query("Input, Select, Checkbox, OptionList").results(Widget):
            widget.focus()
            return


class TextField(Field):
    """One line of text; numbers and addresses too: the model says what is right."""

    def inputs(self) -> ComposeResult:
        """An input."""
        yield Line(shown(self.given), compact=True)

    @property
    def value(self) -> Any:
        """The text; an empty one for a required field is left for the model to refuse."""
        return self.query_one(Input).value.strip() if self.is_mounted else self.given


class Box(Checkbox):
    """A checkbox that tells its state by its sign, not by the sign's colour."""

    def render(self) -> Content:
        """The sign, then the label."""
        return Content.assemble("[x] " if self.value else "[ ] ", self.label)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Four columns for the sign."""
        return 4 + self.label.cell_length


class FlagField(Field):
    """Yes or no."""

    def inputs(self) -> ComposeResult:
        """A checkbox."""
        yield Box("yes", value=bool(self.given), compact=True)

    @property
    def value(self) -> Any:
        """True or False."""
        return self.query_one(Checkbox).value if self.is_mounted else self.given


def chooser(choices: tuple[Choice, ...], given: str) -> Select[str]:
    """A drop-down list; one that cannot be chosen says why, and the check of the answers refuses
    it.
    """
    options = [(Text(_offer(choice)), choice.value) for choice in choices]
    if not given:
        return Select(options, compact=True)
    if given not in [choice.value for choice in choices]:
        options.append((Text(given), given))
    return Select(options, value=given, compact=True)


def _offer(choice: Choice) -> str:
    return f"{choice.label} - no: {choice.refused}" if choice.refused else choice.label


class PickField(Field):
    """One out of a few."""

    def __init__(self, question: Question, value: Any, choices: tuple[Choice, ...]) -> None:
        super().__init__(question, value)
        self.choices = choices

    def inputs(self) -> ComposeResult:
        """A drop-down list."""
        yield chooser(self.choices, shown(self.given))

    @property
    def value(self) -> Any:
        """The chosen value, "" when none is."""
        if not self.is_mounted:
            return self.given
        value = self.query_one(Select).value
        return value if isinstance(value, str) else ""

    def show_error(self, text: str) -> None:
        """A choice that is refused is an error of its own."""
        refusals = {choice.value: choice.refused for choice in self.choices}
        super().show_error(text or refusals.get(self.value, ""))


class ChoiceField(Field):
    """One out of a few on each host; a plain input where nothing is offered."""

    def __init__(
        self, question: Question, value: Any, nodes: tuple[str, ...], choices: Choices
    ) -> None:
        super().__init__(question, dict(value or {}))
        self.nodes = nodes
        self.choices = choices

    def compose(self) -> ComposeResult:
        """The question, then a line per host."""
        yield Static(self.question.text, classes="heading", markup=False)
        for node in self.nodes:
            with Horizontal(classes="line"):
                yield Static(f"  {node}", classes="ask", markup=False)
                offered = self.choices.get(node, ())
                given = self.given.get(node, "")
                yield chooser(offered, given) if offered else Line(given, compact=True)
        yield self.error

    @property
    def value(self) -> Any:
        """Host → value, without hosts that have none."""
        if not self.is_mounted:
            return self.given
        value = {}
        lines = self.query(".line").results(Horizontal)
        for node, line in zip(self.nodes, lines, strict=True):
            chosen = _chosen(line.children[1])
            if chosen:
                value[node] = chosen
        return value


def _chosen(widget: Widget) -> str:
    """What is given in there; a drop-down list without a choice has a value that is no text."""
    value = widget.value if isinstance(widget, Input | Select) else ""
    return value.strip() if isinstance(value, str) else ""
