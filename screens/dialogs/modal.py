"""A dialog: a framed box over the page, with keys to move among its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

T = TypeVar("T")
LOWEST = 8
"""Rows under which a dialog shows its name and its buttons alone."""
MOVES = {
    "up": "up",
    "down": "down",
    "pageup": "page_up",
    "pagedown": "page_down",
    "home": "home",
    "end": "end",
}
"""Keys that scroll a dialog whatever button has the focus, and what they do."""


class Modal(ModalScreen[T], Generic[T]):
    """A framed dialog. Esc answers `REFUSED`; the first button of `buttons` has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "Cancel"),
        Binding("left,shift+tab", "app.focus_previous", "Previous", show=False),
        Binding("right,tab", "app.focus_next", "Next", show=False),
        *(Binding(key, f"move('{how}')", show=False) for key, how in MOVES.items()),
    ]
    heading = ""
    danger = False

    def compose(self) -> ComposeResult:
        """The frame, what `content` gives, and the row of buttons."""
        with Vertical(classes="box danger" if self.danger else "box") as box:
            box.border_title = Content(self.heading)
            with VerticalScroll(can_focus=False):
                yield from self.content()
            with Horizontal(classes="buttons"):
                for label, name in self.buttons():
                    yield Button(label, id=name, compact=True)

    def content(self) -> Iterator[Widget]:
        """What stands above the buttons."""
        yield from ()

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Label and id of each button; the first one has the focus at the start."""
        yield "Close", "refuse"

    def on_mount(self) -> None:
        """Textual calls this for every class in line, so dialogs override `begin` instead."""
        self.begin()

    def begin(self) -> None:
        """The focus starts where nothing can go wrong."""
        self.query_one(f"#{next(iter(self.buttons()))[1]}", Button).focus()

    def on_resize(self, event: Resize) -> None:
        """Where there is no room for the text as well, what can be answered remains."""
        self.set_class(event.size.height < LOWEST and not self.query(Input), "low")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button's id is the name of its action."""
        event.stop()
        self.answer(event.button.id or "")

    def answer(self, name: str) -> None:
        """Close with what the button means; dialogs with more than a refusal override this."""
        self.dismiss(None)

    def action_refuse(self) -> None:
        """Esc."""
        self.answer("refuse")

    def action_move(self, how: str) -> None:
        """Scroll what stands above the buttons, when it is longer than the screen."""
        getattr(self.query_one(VerticalScroll), f"scroll_{how}")(animate=False)


class ConfirmModal(Modal[bool]):
    """Yes or no, with the focus on no."""

    def __init__(
        self, heading: str, text: str, yes: str, no: str = "Cancel", *, danger: bool = True
    ) -> None:
        super().__init__()
        self.heading, self.text, self.yes, self.no, self.danger = heading, text, yes, no, danger

    def content(self) -> Iterator[Widget]:
        """The question."""
        yield Static(self.text, markup=False)

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Refusal first."""
        yield self.no, "refuse"
        yield self.yes, "accept"

    def answer(self, name: str) -> None:
        """True for yes."""
        self.dismiss(name == "accept")
