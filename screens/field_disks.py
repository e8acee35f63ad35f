"""The question for disks: per host a list to tick, with what each holds and why it is refused."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from screens.consent import TypeModal
from screens.fields import Choices, Field
from screens.questions import Question
from wizard.step import Choice


class DisksField(Field):
    """Ticking a disk that is refused asks for its serial to be typed; typed right, it goes into `erase`."""

    def __init__(self, question: Question, value: Any, nodes: tuple[str, ...], choices: Choices) -> None:
        super().__init__(question, {node: list(disks) for node, disks in dict(value or {}).items()})
        self.nodes, self.choices = nodes, choices
        self._erase: set[str] = set()

    def compose(self) -> ComposeResult:
        """The question, then a list per host."""
        yield Static(f"{self.question.text} (space ticks)", classes="heading", markup=False)
        for node in self.nodes:
            yield Static(node, classes="host", markup=False)
            offered = self.choices.get(node, ())
            chosen = self.given.get(node, [])
            if offered:
                yield SelectionList(*(_row(one, chosen) for one in offered), id=f"disks-{node}", compact=True)
            else:
                yield Static("  no disk was found here", markup=False)
        yield self.error

    def list_of(self, node: str) -> SelectionList[str] | None:
        """The list of one host."""
        found = self.query(f"#disks-{node}")
        return found.first(SelectionList) if found else None

    @property
    def value(self) -> Any:
        """Host → serials, in the order in which they are offered."""
        if not self.is_mounted:
            return self.given
        lists = {node: self.list_of(node) for node in self.nodes}
        return {
            node: [choice.value for choice in self.choices.get(node, ()) if choice.value in found.selected]
            for node, found in lists.items()
            if found is not None
        }

    @property
    def erase(self) -> set[str]:
        """Serials typed to overrule a refusal."""
        return self._erase

    def on_selection_list_selection_toggled(self, event: SelectionList.SelectionToggled[str]) -> None:
        """A refused disk wants its serial typed."""
        found = event.selection_list
        serial = str(event.selection.value)
        node = (found.id or "").removeprefix("disks-")
        choice = {one.value: one for one in self.choices.get(node, ())}[serial]
        if not choice.refused or serial in self._erase or serial not in found.selected:
            return

        def typed(words: tuple[str, ...] | None) -> None:
            if words:
                self._erase.update(words)
            else:
                found.deselect(serial)

        text = "This disk is in use. Tab leads to the input."
        stake = f"{node}: {choice.label}: {choice.refused}"
        self.app.push_screen(TypeModal("Take a disk in use", text, {serial: stake}, "Take it"), typed)


def _row(choice: Choice, chosen: list[str]) -> Selection[str]:
    label = f"{choice.label} - REFUSED: {choice.refused}" if choice.refused else choice.label
    return Selection(label.replace("[", "\\["), choice.value, choice.value in chosen)
