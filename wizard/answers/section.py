"""What every part of the answers document is made of."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
FULL_NAME = rf"^{LABEL}(\.{LABEL})+$"
"""A full host name: Ganeti wants the node's hostname to be one (Ganeti installation guide, hostname
issues).
"""
_LOOSE_LABEL = r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
ANY_NAME = rf"^{_LOOSE_LABEL}(\.{_LOOSE_LABEL})*$"
_LONGEST = 253
AnyName = Annotated[str, StringConstraints(pattern=ANY_NAME, max_length=_LONGEST)]
"""What Ganeti takes for a name: it may lack a domain, or hold _ or capitals (lib/netutils.py,
Hostname.GetNormalizedName). None of them is read as an option by a command.
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


def _full_or_allowed(schema: dict[str, Any]) -> None:
    """The rule of `_full_unless_any` as JSON schema has it."""
    full = {}
    for field, rule in schema["properties"].items():
        if rule.get("pattern") == ANY_NAME:
            full[field] = {"type": "string", "pattern": FULL_NAME}
    allowed = {"any_name": {"const": True}}
    schema["anyOf"] = [
        {"type": "object", "properties": full},
        {"type": "object", "properties": allowed, "required": ["any_name"]},
    ]


class Named(Section):
    """A part that is about something with a host name; what a build makes has a full one."""

    model_config = ConfigDict(json_schema_extra=_full_or_allowed)

    any_name: bool = Field(
        False,
        description="Its name has no domain, or holds _ or capitals: so in a cluster that was "
        "made by hand",
        json_schema_extra={"ask": "never"},
    )


def is_full(name: str) -> bool:
    """Whether a host's name has a domain, and no _ in it."""
    return len(name) <= _LONGEST and re.fullmatch(FULL_NAME, name) is not None


def _full_unless_any(name: str, info: ValidationInfo) -> str:
    """Refuse a name that is no full one where that is not allowed, as its pattern would."""
    if info.data.get("any_name") or is_full(name):
        return name
    raise PydanticCustomError(
        "string_pattern_mismatch",
        "should match the pattern '{pattern}'",
        {"pattern": FULL_NAME},
    )


HostName = Annotated[AnyName, AfterValidator(_full_unless_any)]
"""The name in a part that is `Named`."""
