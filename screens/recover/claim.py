"""The dialog in which somebody says that a machine has no power: the focus begins on waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, RadioButton, RadioSet, Static

from screens.dialogs.modal import Modal
from screens.keyboard import Line
from screens.shared.claim_texts import DEAD, WAIT
from wizard.model.accident import FENCED

Said = tuple[str, str]
"""The full name of a server, and how its power went (a key of FENCED)."""


class Way(RadioButton):
    """One of the ways; a sign tells whether it is chosen, which Textual's own tells by colour."""

    def render(self) -> Content:
        """See `RadioButton`."""
        sign = "(x) " if self.value else "( ) "
        return Content.assemble(sign, (self.label.plain, self.get_visual_style("toggle--label")))


class ClaimModal(Modal["Said | None"]):
    """Per silent server its readings; then how, and its full name. None: it is waited."""

    heading = "Is it dead?"
    danger = True

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__()
        self.told = told
        """By a server's full name, what was read of it."""

    def content(self) -> Iterator[Widget]:
        """The readings, how, the name."""
        for readings in self.told.values():
            yield Static(readings, markup=False)
        yield Static("How its power went:", classes="stake", markup=False)
        with RadioSet(id="how", compact=True):
            for words in FENCED.values():
                yield Way(words, compact=True)
        names = " or ".join(self.told)
        yield Horizontal(
            Static(f"Type {names}: ", markup=False, classes="ask"),
            Line(compact=True, id="name"),
            Static("", classes="mark", id="mark", markup=False),
            classes="typed",
        )

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Waiting first."""
        yield WAIT, "refuse"
        yield DEAD, "accept"

    def begin(self) -> None:
        """Nothing is said yet."""
        super().begin()
        self._judge()

    @property
    def name_typed(self) -> str:
        """What stands in the input."""
        return self.query_one("#name", Input).value.strip()

    @property
    def how(self) -> str:
        """How its power went; "" while nothing is chosen."""
        chosen = self.query_one(RadioSet).pressed_index
        return list(FENCED)[chosen] if chosen >= 0 else ""

    def _judge(self) -> None:
        right = self.name_typed in self.told
        mark = ""
        if self.name_typed:
            mark = "ok" if right else "differs"
        self.query_one("#mark", Static).update(mark)
        self.query_one("#accept", Button).disabled = not (right and self.how)

    def on_input_changed(self) -> None:
        """Compare at every key."""
        self._judge()

    def on_radio_set_changed(self) -> None:
        """How it was done."""
        self._judge()

    def on_input_submitted(self) -> None:
        """Enter goes on to the button, once all is said."""
        accept = self.query_one("#accept", Button)
        if not accept.disabled:
            accept.focus()

    def answer(self, name: str) -> None:
        """What was said, or None."""
        said = None
        if name == "accept" and self.name_typed in self.told and self.how:
            said = (self.name_typed, self.how)
        self.dismiss(said)
