"""What TOML can hold and the answers cannot: it is named before anything else is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from typing import Any

DEEPEST = 50
"""Tables in tables; the answers have four."""
_LARGEST = 1 << 63
"""TOML's whole numbers have 64 bits (TOML 1.0, Integer)."""
_NAME = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_NAME = re.compile(rf"(?<![\w-])(?:{_NAME}){{{DEEPEST}}}")


def is_deep(text: str) -> bool:
    """Whether a name of very many parts stands in it.

    tomllib's time grows by the square of their number, and more: 40 kB of them take half a minute.
    """
    return bool(_DEEP_NAME.search(text))


def unfit(data: dict[str, Any]) -> list[str]:
    """A line for each value that is no text, number, truth or list of these; raises RecursionError
    for what is nested without an end.
    """
    return list(_unfit(data, ()))


def _unfit(value: object, names: tuple[str, ...]) -> Iterator[str]:
    if len(names) > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _unfit(below, (*names, shown(name)))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _unfit(below, (*names, str(number)))
    elif isinstance(value, date | time):
        # datetime is a date, too.
        yield f"{'.'.join(names)}: is a date or a time, and should be text: write it in quotes"
    elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        yield f"{'.'.join(names)}: the number is too large"


def shown(name: object) -> str:
    """A name of the document as it may stand in a message: on one line, of a bounded length."""
    text = str(name)
    if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", text):
        return text
    return repr(f"{text[:60]}…" if len(text) > 60 else text)
