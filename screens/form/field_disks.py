"""The question for disks: per host a list to tick, with what each holds and why it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static

from screens.dialogs.consent import TypeModal
from screens.form.fields import Choices, Field
from screens.shared.questions import Question, offered
from wizard.model.step import Choice


class TickList(OptionList):
    """Lines with [x] or [ ] before them; space or Enter ticks."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "select", "Tick", show=False)]

    def __init__(self, node: str, choices: tuple[Choice, ...], ticked: Iterable[str]) -> None:
        self.node = node
        self.choices = choices
        self.ticked = set(ticked)
        super().__init__(*map(self._line, choices), compact=True, markup=False, id=f"disks-{node}")

    def _line(self, choice: Choice) -> str:
        box = "[x]" if choice.value in self.ticked else "[ ]"
        refused = f" - REFUSED: {choice.refused}" if choice.refused else ""
        return f"{box} {choice.label}{refused}"

    @property
    def ticked_in_order(self) -> list[str]:
        """The ticked disks in the order in which they are offered."""
        return [choice.value for choice in self.choices if choice.value in self.ticked]

    def tick(self, serial: str) -> None:
        """Tick or untick one, and draw it anew."""
        if serial in self.ticked:
            self.ticked.remove(serial)
        else:
            self.ticked.add(serial)
        for number, choice in enumerate(self.choices):
            self.replace_option_prompt_at_index(number, self._line(choice))


class DisksField(Field):
    """Ticking a disk that is refused asks for its serial to be typed; typed right, it goes into
    `erase`.
    """

    def __init__(
        self, question: Question, value: Any, nodes: tuple[str, ...], choices: Choices
    ) -> None:
        given = {node: list(disks) for node, disks in (value or {}).items()}
        super().__init__(question, given)
        self.nodes = nodes
        self.choices = choices
        self._erase: set[str] = set()

    def compose(self) -> ComposeResult:
        """The question, then a list per host."""
        yield Static(f"{self.question.text} (space ticks)", classes="heading", markup=False)
        for node in self.nodes:
            yield Static(node, classes="host", markup=False)
            given = self.given.get(node, [])
            disks = offered(self.choices.get(node, ()), given)
            if disks:
                yield TickList(node, disks, given)
            else:
                yield Static("  no disk was found here", markup=False)
        yield self.error

    @property
    def value(self) -> Any:
        """Host → serials, in the order in which they are offered; a host that nobody decided about
        has none.
        """
        if not self.is_mounted:
            return self.given
        value = dict(self.given)
        for tick_list in self.query(TickList).results(TickList):
            disks = tick_list.ticked_in_order
            if disks or tick_list.node in self.given:
                value[tick_list.node] = disks
        return value

    @property
    def erase(self) -> set[str]:
        """Words typed to overrule a refusal."""
        return self._erase

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tick; a refused disk wants its serial typed first."""
        event.stop()
        tick_list = event.option_list
        assert isinstance(tick_list, TickList)
        choice = tick_list.choices[event.option_index]
        serial = choice.value
        agreed = not choice.refused or choice.consent in self._erase
        if agreed or serial in tick_list.ticked:
            tick_list.tick(serial)
            return

        def typed(words: tuple[str, ...] | None) -> None:
            if words:
                self._erase.update(words)
                tick_list.tick(serial)

        text = "This disk is in use. Tab leads to the input."
        stake = f"{tick_list.node}: {choice.label}: {choice.refused}"
        self.app.push_screen(
            TypeModal("Take a disk in use", text, {choice.consent: stake}, "Take it"), typed
        )
