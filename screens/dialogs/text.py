"""Dialogs that only show something: a text, the help with the real keys, and a pick from a short
list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Markdown, OptionList, Static
from textual.widgets.option_list import Option

from screens.dialogs.modal import Modal

if TYPE_CHECKING:
    from textual.app import ComposeResult


class TextModal(Modal[None]):
    """A text to read."""

    def __init__(self, heading: str, text: str) -> None:
        super().__init__()
        self.heading = heading
        self.text = text

    def content(self) -> Iterator[Widget]:
        """The text."""
        yield Static(self.text, markup=False)


def keys_of(screen: Screen[object]) -> list[tuple[str, str]]:
    """The keys that work on a screen now and what each does, as they are bound.

    Those of the screen and of the program come before those of the widget with the focus.
    """
    keys_by_text: dict[str, list[str]] = {}
    active_bindings = screen.active_bindings.values()
    for active in sorted(active_bindings, key=_is_of_a_widget):
        binding = active.binding
        if not active.enabled or not binding.description or binding.system:
            continue
        # What several keys do is one line.
        keys = keys_by_text.setdefault(binding.description, [])
        key = screen.app.get_key_display(binding)
        if key not in keys:
            keys.append(key)
    return [(", ".join(keys), text) for text, keys in keys_by_text.items()]


def _is_of_a_widget(active: ActiveBinding) -> bool:
    return not isinstance(active.node, Screen | App)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """The keys in a column, and beside each what it does."""
    longest = max((len(keys) for keys, _ in rows), default=0)
    width = longest + 2
    lines = [f"{keys:<{width}}{text}" for keys, text in rows]
    return "\n".join(lines)


class HelpModal(Modal[None]):
    """F1: the keys of the screen below, then its help page."""

    heading = "Help"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "refuse", "Close", show=False)]

    def __init__(self, keys: Sequence[tuple[str, str]], page: str) -> None:
        super().__init__()
        self.keys = keys
        self.page = page

    def compose(self) -> ComposeResult:
        """One scrolling text; it has the focus, so that the arrows scroll it."""
        with VerticalScroll(classes="box", id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "arrows scroll, Esc closes"
            yield Static("Keys on this screen", classes="heading")
            yield Static(_table(self.keys), markup=False)
            yield Markdown(self.page, open_links=False)

    def begin(self) -> None:
        """Scrolling wants the focus."""
        self.query_one("#help").focus()


class PickModal(Modal[str | None]):
    """One out of a short list: its id, or None. `text` asks what does not fit into a heading."""

    def __init__(self, heading: str, options: Sequence[tuple[str, str]], text: str = "") -> None:
        super().__init__()
        self.heading = heading
        self.options = options
        self.text = text

    def content(self) -> Iterator[Widget]:
        """What is asked, and the list."""
        if self.text:
            yield Static(self.text, markup=False, classes="lead")
        options = [Option(label, id=name) for name, label in self.options]
        yield OptionList(*options, compact=True, markup=False)

    def buttons(self) -> Iterator[tuple[str, str]]:
        """Only a way out: Enter on the list picks."""
        yield "Cancel", "refuse"

    def begin(self) -> None:
        """The list has the focus: picking from it changes nothing."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with what was picked."""
        self.dismiss(event.option.id)
