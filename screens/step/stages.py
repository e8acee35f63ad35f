"""The bar that shows the five parts of a step and which of them is open."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

PARTS = ("why", "ask", "plan", "run", "verify")


class StageBar(Static):
    """One line: `1 Why  2 Ask  [3 Plan]  4 Run  5 Verify`; brackets mark the open part, parentheses
    an empty one.
    """

    def show(self, now: str, *, asks: bool) -> None:
        """Mark the open part; a step without questions has an empty Ask."""
        line = Content("")
        for number, part in enumerate(PARTS, 1):
            label = f"{number} {part.title()}"
            if part == now:
                line += Content.from_markup("[reverse]$label[/reverse]", label=f"[{label}]")
            elif part == "ask" and not asks:
                line += Content(f"({label})")
            else:
                line += Content(f" {label} ")
            line += Content("  ")
        self.update(line)
