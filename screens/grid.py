"""What all tables of the screens need of Textual's."""

from __future__ import annotations

from typing import Any

from textual.widgets import DataTable


def paint_when_measured(table: DataTable[Any]) -> None:
    """Paint a table anew once its new rows are measured.

    Textual measures them when it has nothing else to do, and keeps what it painted before that: on
    a busy machine columns without a heading stayed invisible (8.2.8, DataTable._update_dimensions
    clears no line that was rendered already).
    """
    table.call_after_refresh(table.notify_style_update)
