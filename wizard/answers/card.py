"""Answers about the card on the wall."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from wizard.answers.section import Section


class Phone(Section):
    """Somebody to call."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] = (
        Field(description="Who it is")
    )
    number: Annotated[str, StringConstraints(pattern=r"^[0-9+() /.\-]{3,30}$")] = Field(
        description="Telephone number"
    )


class Card(Section):
    """The card on the wall."""

    phones: list[Phone] = Field(
        default_factory=list,
        max_length=12,
        description="Whom to call",
        json_schema_extra={"ask": "list"},
    )
