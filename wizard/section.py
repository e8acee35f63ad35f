"""The base of every part of the answers document."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the document; unknown fields are refused so that a typing error is not lost."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
