"""The question for a secret that a command reads: typed blindly, a new one twice.

The focus starts on the first input, since what is typed at once must not go nowhere; to give a
secret destroys nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from screens.dialogs.modal import Modal
from screens.keyboard import Line
from wizard.base.secrets import Secret
from wizard.model.step import Prompt


class SecretModal(Modal[Secret | None]):
    """One secret, or None. What is typed leaves the inputs when the dialog closes, however it
    closes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "accept", "Use it", key_display="F8"),
        Binding("f6", "suggest", "Suggest words"),
    ]
    heading = "Secret wanted"

    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        self.prompt = prompt

    def content(self) -> Iterator[Widget]:
        """What is wanted, an input or two, the strength of a new one."""
        yield Static(self.prompt.label, markup=False, classes="stake")
        yield Static(
            "It is kept in memory only and given to the command on its standard input.",
            markup=False,
        )
        yield self._line("first", "Type it: ")
        if self.prompt.new:
            yield self._line("second", "Once more: ")
            yield Static("F6 suggests random words", markup=False, id="strength")
            yield Static("", markup=False, id="words")

    @staticmethod
    def _line(name: str, label: str) -> Widget:
        mark = Static("", classes="mark", id=f"mark-{name}", markup=False)
        ask = Static(label, markup=False, classes="ask")
        return Horizontal(ask, Line(password=True, compact=True, id=name), mark, classes="typed")

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Cancel first."""
        yield "Cancel", "refuse"
        yield "Use it", "accept"

    def begin(self) -> None:
        """Nothing is given yet."""
        self.query_one("#first", Input).focus()
        self._judge()

    def _typed(self) -> list[str]:
        return [one.value for one in self.query(Input).results(Input)]

    @property
    def right(self) -> bool:
        """Whether something was typed, and the same both times."""
        typed = self._typed()
        return bool(typed[0]) and len(set(typed)) == 1

    def _judge(self) -> None:
        typed = self._typed()
        if typed[0]:
            self.query_one("#mark-first", Static).update("")
        if self.prompt.new:
            mark = "" if not typed[1] else "ok" if typed[1] == typed[0] else "differs"
            self.query_one("#mark-second", Static).update(mark)
        self.query_one("#accept", Button).disabled = not self.right

    def on_input_changed(self, event: Input.Changed) -> None:
        """Compare at every key, and estimate a new one."""
        self._judge()
        if self.prompt.new and event.input.id == "first":
            from wizard.verbs.strength import judge

            text = event.value
            self.query_one("#strength", Static).update(
                str(judge(text)) if text else "F6 suggests random words"
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next input, and after the last one to the button; where something is
        lacking it stays there, and says so.
        """
        event.stop()
        if self.right:
            self.query_one("#accept", Button).focus()
        elif not event.value:
            self.query_one(f"#mark-{event.input.id}", Static).update("nothing")
        elif event.input.id == "first":
            self.query_one("#second", Input).focus()

    def action_suggest(self) -> None:
        """Show random words and take them for the first input: typing them once more proves that
        they are noted.
        """
        if not self.prompt.new:
            return
        from wizard.verbs.strength import words

        suggested = words().reveal()
        self.query_one("#words", Static).update(
            f"Note this down, then type it once more:\n  {suggested}"
        )
        first, second = self.query(Input).results(Input)
        first.value, second.value = suggested, ""
        second.focus()

    def action_accept(self) -> None:
        """F8."""
        if self.right:
            self.answer("accept")

    def answer(self, name: str) -> None:
        """The secret, or None."""
        secret = Secret(self._typed()[0]) if name == "accept" and self.right else None
        with self.prevent(Input.Changed):
            for one in self.query(Input).results(Input):
                one.value = ""
        self.dismiss(secret)
