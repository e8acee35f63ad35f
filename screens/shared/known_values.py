"""Values that are known for some questions, to be offered while one types; others are right too."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SUPPORTED = Path("/usr/share/i18n/SUPPORTED")
"""The locales that Debian's package `locales` can make, one a line: name and character set."""


@cache
def known(like: str) -> tuple[str, ...]:
    """The values known for a kind of question; none where this machine knows none."""
    if like == "zone":
        return _zones()
    if like == "locale":
        return _locales()
    return ()


def _zones() -> tuple[str, ...]:
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones()))


def _locales() -> tuple[str, ...]:
    try:
        lines = SUPPORTED.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    names = [line.split()[0] for line in lines if line.endswith(".UTF-8 UTF-8")]
    return tuple(sorted(names))
