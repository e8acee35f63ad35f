"""The log view: what the commands printed, file by file, with a search over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, OptionList, TextArea
from textual.widgets.option_list import Option
from textual.widgets.text_area import Selection

from screens.keyboard import Line
from screens.page import Page
from screens.shared.log_files import log_files, read_end
from wizard.base.names import counted


def index_of(text: str, location: tuple[int, int]) -> int:
    """The offset of a row and column in a text."""
    row, column = location
    lines_above = text.split("\n")[:row]
    newlines = len(lines_above)
    return sum(map(len, lines_above)) + newlines + column


def location_of(text: str, index: int) -> tuple[int, int]:
    """Row and column of an offset."""
    before = text[:index]
    row = before.count("\n")
    # rfind says -1 on the first line, which begins at 0.
    line_begin = before.rfind("\n") + 1
    return row, index - line_begin


class Hit(NamedTuple):
    """Where a text was found."""

    number: int
    """Of the file, in the order in which they are listed."""
    place: int
    """The offset in what is shown of it."""


def find(paths: Sequence[Path], wanted: str, at: int, text: str, start: int) -> Hit | None:
    """The next place of a text: in file `at` from `start`, then in the others, then in `at` from
    its top.

    `wanted` is in small letters; `text` is what is shown of file `at`.
    """
    lowered = text.lower()
    place = lowered.find(wanted, start)
    if place >= 0:
        return Hit(at, place)
    below = range(at + 1, len(paths))
    above = range(at)
    for number in (*below, *above):
        other = read_end(paths[number])
        place = other.lower().find(wanted)
        if place >= 0:
            return Hit(number, place)
    place = lowered.find(wanted)
    return Hit(at, place) if place >= 0 else None


class LogScreen(Page):
    """Files on the left, newest first.

    / searches, n goes to the next place, also in other files.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", show=False),
        Binding("f5", "look", "Read again"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("n", "next", "Next"),
    ]
    name_of_help = "log"

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[Path] = []
        self.at = 0

    def body(self) -> ComposeResult:
        """The files, the text, the search."""
        with Horizontal(id="logs"):
            yield OptionList(id="files", compact=True, markup=False)
            yield TextArea(read_only=True, id="text", compact=True, soft_wrap=False)
        yield Line(placeholder="search in all files: type, then Enter", id="search", compact=True)

    def on_mount(self) -> None:
        """Read the folder."""
        self.set_title("log")
        self.action_look()
        self.query_one("#files").focus()

    def action_look(self) -> None:
        """Read the folder again."""
        folder = self.session.store.log_dir
        self.paths = log_files(folder)
        files = self.query_one("#files", OptionList)
        files.clear_options()
        for number, path in enumerate(self.paths):
            files.add_option(Option(path.stem, id=str(number)))
        if self.paths:
            files.highlighted = 0
        else:
            self.tell(f"no command has printed anything yet; {folder} is empty")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the file under the cursor."""
        self.show(event.option_index)

    def show(self, number: int) -> None:
        """Show a file from its end."""
        self.at = number
        area = self.query_one("#text", TextArea)
        area.load_text(read_end(self.paths[number]))
        area.move_cursor(area.document.end)
        self.tell(str(self.paths[number]))

    def action_search(self) -> None:
        """/: into the search."""
        self.query_one("#search", Input).focus()

    def on_input_submitted(self) -> None:
        """Search from the beginning of this file."""
        self.query_one("#text", TextArea).move_cursor((0, 0))
        self.query_one("#text").focus()
        self.action_next()

    def action_next(self) -> None:
        """The next place after the cursor, then in the files below, then from the top."""
        wanted = self.query_one("#search", Input).value.lower()
        if not wanted or not self.paths:
            self.tell("type what to search after /")
            return
        area = self.query_one("#text", TextArea)
        start = index_of(area.text, area.cursor_location)
        # Copies: the search runs in a thread, and meanwhile another file may be opened.
        paths = list(self.paths)
        at = self.at
        text = area.text
        self.work(lambda: find(paths, wanted, at, text, start), self._found, group="search")

    def _found(self, hit: Hit | None) -> None:
        wanted = self.query_one("#search", Input).value
        if hit is None:
            self.tell(f"not found in {counted(len(self.paths), 'file')}: {wanted}")
            return
        if hit.number != self.at:
            self._turn_to(hit.number)
        self._mark(hit, len(wanted))

    def _turn_to(self, number: int) -> None:
        """Show another file, the list's cursor on it."""
        # The list would show it once more, from its end.
        with self.prevent(OptionList.OptionHighlighted):
            self.query_one("#files", OptionList).highlighted = number
        self.show(number)

    def _mark(self, hit: Hit, length: int) -> None:
        """Select what was found, in the middle of the screen."""
        area = self.query_one("#text", TextArea)
        row, column = location_of(area.text, hit.place)
        begin = (row, column)
        end = (row, column + length)
        area.selection = Selection(begin, end)
        area.scroll_cursor_visible(center=True)
        name = self.paths[hit.number].name
        self.tell(f"{name}, line {row + 1}; n goes to the next place")
