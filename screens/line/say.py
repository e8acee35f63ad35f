"""What line mode prints: wrapped between words at the terminal's present width, and nothing in it
that commands the terminal.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap

from wizard.base import stdio
from wizard.base.plain import plain
from wizard.verbs.front import is_serial

SERIAL_COLUMNS = 80
"""A serial line does not tell its width; what it has kept of another terminal is not believed."""
NARROWEST = 20
"""Columns below which nothing is laid out; a window may have one alone, by mistake or by a program
that runs this one.
"""
TABLE_GAP = re.compile(
    r"\s*\S{1,12} {2,}(?=\S)|\s*(?:[-*!]|\d+\.|\[[^]\s]+\]|\d+ \[[x ]\]) +(?=\S)"
)
"""A short word and a gap, or a list's sign: what is wrapped goes on below what follows it."""
WIDEST_INDENT = 24
"""Columns; what begins further right would leave a narrow ribbon of text."""


def columns() -> int:
    """How wide the terminal is now; it is asked each time, since its window may have changed."""
    try:
        width = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
        device = os.ttyname(sys.__stdout__.fileno())  # type: ignore[union-attr]
    except (OSError, AttributeError, ValueError):
        return SERIAL_COLUMNS
    if is_serial(device):
        return max(width, SERIAL_COLUMNS)
    return max(width, NARROWEST) if width else SERIAL_COLUMNS


def wrapped(text: str, width: int) -> str:
    """The text with no line longer than `width`, broken between words only.

    A word that is longer than a line stays whole, for whoever copies it. What is wrapped goes on
    under the beginning of its line's text.
    """
    width = max(width, 1)
    return "\n".join(_wrapped_line(line, width) for line in text.expandtabs().split("\n"))


def _wrapped_line(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    lines = textwrap.wrap(
        line.rstrip(),
        width,
        subsequent_indent=" " * _indent_of(line),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(lines)


def _indent_of(line: str) -> int:
    own = len(line) - len(line.lstrip())
    gap = TABLE_GAP.match(line)
    if gap is None or gap.end() > WIDEST_INDENT:
        return own
    return gap.end()


def say(text: str = "") -> None:
    """A text for the operator, at once."""
    stdio.say(wrapped(plain(text), columns()))


def say_exactly(text: str) -> None:
    """A script: every line as it is, to be copied."""
    stdio.say(text)
