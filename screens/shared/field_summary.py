"""An item of a list in one line, for forms and for line mode."""

from __future__ import annotations

from pydantic import BaseModel

from screens.shared.questions import questions, shown, value_of


def summary(item: BaseModel) -> str:
    """One line for an item: its first values."""
    values = [shown(value_of(item, question)) for question in questions(type(item))]
    return "  ".join(value for value in values[:6] if value)
