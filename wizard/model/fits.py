"""Whether a parsed fact is what its dataclasses say.

A parser that reads JSON passes on whatever stands in it. A list where a name was meant would go
unnoticed there and fail much later, in a step, where nobody knows any more whose words it was.

A look has thousands of values: what a declared type asks of one is worked out once for each type.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, NamedTuple

LARGEST = 2**64
"""Beyond this no number of a host is meant: sizes are in bytes, generations have 64 bits."""

Fit = Callable[[Any], bool]
_NOTHING_WRONG = (str, bool, type(None))
"""Most of what hosts say: whatever is one of these is well."""
_CONTAINERS = (tuple, list, Set)


def misfit(value: object, name: str = "") -> str:
    """The first field of a dataclass anywhere in a value that holds something else than declared,
    as `Class.field`; "" when all is well.
    """
    if isinstance(value, _NOTHING_WRONG):
        return ""
    if isinstance(value, (int, float)):
        return "" if _is_meant(value) else name or "number"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _misfit_in(value)
    for part in _parts(value):
        wrong = misfit(part, name)
        if wrong:
            return wrong
    return ""


def _is_meant(number: int | float) -> bool:
    """Whether a host can have meant that number."""
    if isinstance(number, int):
        return abs(number) < LARGEST
    return math.isfinite(number)


def _misfit_in(value: Any) -> str:
    kind: Any = type(value)
    for field in _declared(kind):
        content = getattr(value, field.name)
        if not field.fits(content):
            return field.full_name
        if field.simple:
            continue
        wrong = misfit(content, field.full_name)
        if wrong:
            return wrong
    return ""


class _Field(NamedTuple):
    """A field of a dataclass: its full name is that with its class. Whether its type is simple
    says that nothing can be wrong in a value that fits it.
    """

    name: str
    full_name: str
    fits: Fit
    simple: bool


@functools.cache
def _declared(kind: type[Any]) -> tuple[_Field, ...]:
    """The fields of a dataclass, in their order."""
    hints = _hints(kind)
    fields = []
    for field in dataclasses.fields(kind):
        hint = hints.get(field.name, Any)
        full_name = f"{kind.__name__}.{field.name}"
        fields.append(_Field(field.name, full_name, fit_of(hint), _is_simple(hint)))
    return tuple(fields)


def _is_simple(hint: Any) -> bool:
    """Whether a type is of words and yes or no only, in whatever containers."""
    if typing.get_origin(hint) is None:
        return hint in (*_NOTHING_WRONG, None, ...)
    if typing.get_origin(hint) is typing.Literal:
        return True
    return all(_is_simple(part) for part in typing.get_args(hint))


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, _CONTAINERS):
        yield from value
    elif isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()


def _hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields; none where a name in them is known to type checkers
    only.
    """
    try:
        return typing.get_type_hints(kind)
    except NameError:
        return {}


@functools.cache
def fit_of(hint: Any) -> Fit:
    """Tells whether a value is of a declared type; a kind of type that is not known here takes
    all.
    """
    origin = typing.get_origin(hint)
    if origin is None:
        return _fit_of_class(hint)
    parts = typing.get_args(hint)
    if origin is typing.Literal:
        return lambda value: value in parts
    if origin is tuple:
        return _fit_of_tuple(parts)
    if origin in (typing.Union, types.UnionType):
        fits = tuple(fit_of(part) for part in parts)
        return lambda value: any(fit(value) for fit in fits)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _fit_of_mapping(*parts)
    if isinstance(origin, type) and issubclass(origin, Set | list):
        return _fit_of_all(origin, parts[0])
    return _takes_all


def _takes_all(_: object) -> bool:
    return True


def _fit_of_tuple(parts: tuple[Any, ...]) -> Fit:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return _fit_of_all(tuple, parts[0])
    fits = tuple(fit_of(part) for part in parts)

    def fit(value: Any) -> bool:
        if not isinstance(value, tuple) or len(value) != len(fits):
            return False
        return all(fits_part(part) for fits_part, part in zip(fits, value, strict=True))

    return fit


def _fit_of_all(container: Any, part: Any) -> Fit:
    fit_part = fit_of(part)
    return lambda value: isinstance(value, container) and all(map(fit_part, value))


def _fit_of_mapping(key: Any, content: Any) -> Fit:
    fit_key = fit_of(key)
    fit_content = fit_of(content)

    def fit(value: Any) -> bool:
        if not isinstance(value, Mapping):
            return False
        return all(map(fit_key, value.keys())) and all(map(fit_content, value.values()))

    return fit


def _fit_of_class(hint: Any) -> Fit:
    if hint in (None, type(None)):
        return lambda value: value is None
    if not isinstance(hint, type):
        return _takes_all
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if hint is float:
        return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    if issubclass(hint, str | bool | enum.Enum) or dataclasses.is_dataclass(hint):
        return lambda value: isinstance(value, hint)
    return _takes_all
