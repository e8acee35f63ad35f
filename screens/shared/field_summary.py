"""An item of a list in one line, for forms and for line mode."""

from __future__ import annotations

from pydantic import BaseModel

from screens.shared.questions import questions, shown, value_of

FIRST = 6
"""How many values stand for an item."""


def summary(item: BaseModel) -> str:
    """One line for an item: its first values."""
    first = questions(type(item))[:FIRST]
    values = [shown(value_of(item, question)) for question in first]
    return "  ".join(value for value in values if value)
