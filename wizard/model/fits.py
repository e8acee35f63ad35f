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
    # Most of what hosts say: nothing in these can be wrong, and a look has thousands of them.
    if value is None or isinstance(value, str | bool):
        return ""
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
    for field, name, hint in _declared(kind):
        content = getattr(value, field)
        if not fits(content, hint):
            return name
        if wrong := misfit(content, name):
            return wrong
    return ""


@functools.cache
def _declared(kind: type[Any]) -> tuple[tuple[str, str, Any], ...]:
    """Each field of a dataclass: its name, the name with its class, the type that it is to have."""
    hints = _hints(kind)
    return tuple(
        (field.name, f"{kind.__name__}.{field.name}", hints.get(field.name, Any))
        for field in dataclasses.fields(kind)
    )


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, tuple | list | Set):
        yield from value


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
    origin, parts = _taken_apart(hint)
    if origin is None:
        return _is_a(value, hint)
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


@functools.cache
def _taken_apart(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a generic type is made from, and its parameters; None for another kind of type."""
    return typing.get_origin(hint), typing.get_args(hint)


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
