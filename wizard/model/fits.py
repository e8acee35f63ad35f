"""Whether a parsed fact is what its dataclasses say.

A parser that reads JSON passes on whatever stands in it. A list where a name was meant would go
unnoticed there and fail much later, in a step, where nobody knows any more whose words it was.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import types
import typing
from collections.abc import Iterator, Mapping, Set
from typing import Any

LARGEST = 2**64
"""Beyond this no number of a host is meant: sizes are in bytes, generations have 64 bits."""


def misfit(value: object, name: str = "") -> str:
    """The first field of a dataclass anywhere in a value that holds something else than declared,
    as `Class.field`; "" when all is well.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return name or "number"
    if isinstance(value, int) and abs(value) >= LARGEST:
        return name or "number"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _misfit_in(value)
    for part in _parts(value):
        if wrong := misfit(part, name):
            return wrong
    return ""


def _misfit_in(value: Any) -> str:
    kind: Any = type(value)
    hints = _hints(kind)
    for field in dataclasses.fields(value):
        name = f"{type(value).__name__}.{field.name}"
        content = getattr(value, field.name)
        if not fits(content, hints.get(field.name, Any)):
            return name
        if wrong := misfit(content, name):
            return wrong
    return ""


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, tuple | list | Set):
        yield from value


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields; none where a name in them is known to type checkers
    only.
    """
    try:
        return typing.get_type_hints(kind)
    except NameError:
        return {}


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of a declared type; a kind of type that is not known here takes all."""
    origin = typing.get_origin(hint)
    parts = typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if origin is typing.Literal:
        return value in parts
    if origin is tuple:
        return isinstance(value, tuple) and _fit_all(value, parts)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            fits(key, parts[0]) and fits(content, parts[1]) for key, content in value.items()
        )
    if isinstance(origin, type) and issubclass(origin, Set | list):
        return isinstance(value, origin) and all(fits(part, parts[0]) for part in value)
    return _is_a(value, hint)


def _fit_all(values: tuple[object, ...], parts: tuple[Any, ...]) -> bool:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return all(fits(value, parts[0]) for value in values)
    return len(values) == len(parts) and all(map(fits, values, parts))


def _is_a(value: object, hint: Any) -> bool:
    if hint is None:
        return value is None
    if not isinstance(hint, type):
        return True
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if issubclass(hint, str | bool | enum.Enum) or dataclasses.is_dataclass(hint):
        return isinstance(value, hint)
    return True
