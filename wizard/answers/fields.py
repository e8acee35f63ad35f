"""What a field that does not exist was meant to be, and what nobody should read in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from wizard.answers import Answers

_SECRET_NAMES = re.compile("pass|secret|pin$|token|private|credential", re.IGNORECASE)
_SECRET_VALUES = re.compile(
    r"AGE-SECRET-KEY-|AGE-PLUGIN-|PRIVATE KEY|://[^/\s:@]*:[^/\s@]+@|^\$[a-z0-9]+\$",
    re.IGNORECASE,
)
"""Private keys of age and of ssh or TLS (RFC 7468), a web address with a password, the hash of a
password (crypt(5)).
"""
_FEW = 6


def is_secret(names: Sequence[object], value: object) -> bool:
    """Whether somebody may have written a secret there, by the field's name or by how it looks."""
    if any(_SECRET_NAMES.search(str(name)) for name in names):
        return True
    return isinstance(value, str) and bool(_SECRET_VALUES.search(value))


def meant(names: Sequence[object]) -> str:
    """Which field may have been meant by one that does not exist; "" where nothing is like it."""
    known = _fields_of(names[:-1])
    near = get_close_matches(str(names[-1])[:60], known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are: {', '.join(known)}" if 0 < len(known) <= _FEW else ""


def _fields_of(names: Sequence[object]) -> list[str]:
    """The fields of the section that these names lead to; none where there is no such section."""
    model: type[BaseModel] = Answers
    for name in names:
        if isinstance(name, int):
            continue
        field = model.model_fields.get(str(name))
        found = next(_models(field.annotation), None) if field is not None else None
        if found is None:
            return []
        model = found
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation, within lists and alternatives as well."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
