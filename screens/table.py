"""A page that is a table: one line a finding, what is under the cursor told below it, and whole on
Enter. F8 does what belongs to the line under the cursor, where there is something; else it looks.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import DataTable, Static

from screens.grid import paint_when_measured
from screens.page import Page

BOX = 72
"""Columns of a text in a dialog."""
BESIDE = 4
"""Columns of the screen that are not the text's."""
R = TypeVar("R")


class TablePage(Page, Generic[R]):
    """Its rows are values of the page's own; what they say comes from the methods that a page
    overrides. The bindings of F8 are `open_row` and `go_on`, each with the page's words.
    """

    heads: ClassVar[tuple[str, ...]] = ()
    """What stands above the columns."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: Sequence[R] = ()

    def cells(self, row: R) -> tuple[str, ...]:
        """What stands in a line."""
        raise NotImplementedError

    def key(self, row: R) -> Hashable:
        """The same from look to look."""
        raise NotImplementedError

    def heading(self, row: R) -> str:
        """What a row is about, in a few words."""
        raise NotImplementedError

    def whole(self, row: R, width: int) -> str:
        """All that is known of a row, in so many columns."""
        raise NotImplementedError

    def below(self, row: R, width: int) -> str:
        """What is told under the table of the row under the cursor."""
        return self.whole(row, width)

    def opens(self, row: R) -> bool:
        """Whether there is something to be done here."""
        return False

    def first_row(self) -> int:
        """Where the cursor goes when the row that it was on is gone."""
        return 0

    def body(self) -> ComposeResult:
        """The table, and what is under the cursor."""
        table: DataTable[Text] = DataTable(cursor_type="row", cell_padding=1, id="rows")
        table.add_columns(*self.heads)
        yield table
        told = Static("", id="whole", markup=False)
        told.border_title = "Enter: all of it"
        yield told

    @property
    def table(self) -> DataTable[Text]:
        """The table."""
        return self.query_one("#rows", DataTable)

    @property
    def selected(self) -> R | None:
        """The row under the cursor."""
        number = self.table.cursor_row
        return self.shown[number] if 0 <= number < len(self.shown) else None

    def fill(self, shown: Sequence[R], before: R | None) -> None:
        """Show other rows; the cursor stays on `before`, if that is still there."""
        self.shown = shown
        self.table.clear()
        for row in shown:
            self.table.add_row(*[Text(cell) for cell in self.cells(row)])
        paint_when_measured(self.table)
        self.table.move_cursor(row=self._place_of(before))
        self.tell_whole()

    def _place_of(self, before: R | None) -> int:
        for number, row in enumerate(self.shown):
            if before is not None and self.key(row) == self.key(before):
                return number
        return self.first_row()

    def tell_whole(self) -> None:
        """Tell what is under the cursor."""
        row = self.selected
        if row is not None:
            width = max(BOX, self.app.size.width - BESIDE)
            self.query_one("#whole", Static).update(self.below(row, width))
        self.refresh_bindings()

    def on_data_table_row_highlighted(self) -> None:
        """The cursor was moved."""
        self.tell_whole()

    def on_data_table_row_selected(self) -> None:
        """Enter: all of it, in a dialog that scrolls."""
        row = self.selected
        if row is not None:
            self.show_text(self.heading(row), self.whole(row, BOX))

    def show_text(self, heading: str, shown: str) -> None:
        """A text in a dialog."""
        from screens.dialogs.text import TextModal

        self.push(TextModal(heading, shown))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """F8 has one meaning at a time, by what is under the cursor."""
        row = self.selected if self.is_mounted else None
        opens = row is not None and self.opens(row)
        if action == "open_row":
            return opens
        if action == "go_on":
            return not opens
        return super().check_action(action, parameters)
