"""What every part of the answers document is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints
from pydantic.fields import FieldInfo

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
Fqdn = Annotated[str, StringConstraints(pattern=rf"^{LABEL}(\.{LABEL})+$", max_length=253)]
"""A full host name: Ganeti wants the node's hostname to be one (Ganeti installation guide, hostname
issues).
"""


SUGGESTED: dict[str, JsonValue] = {"suggested": True}
"""Marks a field with a default that a step overrides by what it sees on the hosts, until somebody
decides.
"""


def is_suggested(field: FieldInfo) -> bool:
    """Whether a field bears that mark."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and SUGGESTED.items() <= extra.items()


class Section(BaseModel):
    """A part of the document. Unknown fields are refused so that a typing error is not lost, and
    endless numbers since JSON cannot keep them.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)
