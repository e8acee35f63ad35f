"""Words of others as plain text: nothing in them acts on a terminal or changes how a line reads.

A terminal obeys the control characters of C0 and C1 (ECMA-48): they move the cursor, set its title,
fill the clipboard. Unicode's own controls of direction reorder what is read (Unicode Standard
Annex 9), and its line and paragraph separators begin a line for some programs and not for others.
"""

from __future__ import annotations

import json
import re
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for bytes that are no UTF-8, and for controls that have no picture."""
PICTURES = 0x2400
"""Unicode has a picture for each character of C0, in their order from here."""
DELETE_PICTURE = "\N{SYMBOL FOR DELETE}"
NEWLINE_PICTURE = "\N{SYMBOL FOR NEWLINE}"
RETURN = chr(PICTURES + ord("\r"))
"""A carriage return, as `plain` shows it."""

_KEPT = "\t\n"
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SEPARATORS = "\u2028\u2029"
_SURROGATES = range(0xD800, 0xE000)
"""Halves of a pair of UTF-16: JSON can say one alone (RFC 8259, 8.2), which no file can hold."""


def _table() -> dict[int, str]:
    table = {code: chr(PICTURES + code) for code in range(0x20) if chr(code) not in _KEPT}
    table[0x7F] = DELETE_PICTURE
    for code in (*range(0x80, 0xA0), *_SURROGATES, *map(ord, _DIRECTIONS + _SEPARATORS)):
        table[code] = REPLACEMENT
    return table


_TABLE = _table()
_SHOWN = frozenset(_TABLE.values())
_CONTROL = re.compile(f"[{''.join(map(chr, _TABLE))}]")
_STRANGE = re.compile(f"[{''.join(map(chr, _TABLE))}{''.join(sorted(set(_TABLE.values())))}]")
_GAP = re.compile(r"\[… \d+ bytes left out …\]")


def plain(text: str) -> str:
    """The text with every control but tab and newline replaced by a character that shows it.

    One character becomes one: a text that comes in pieces may be cut anywhere.
    """
    # Where there is a letter beyond ASCII, str.translate takes many times as long as a search.
    if not text.isascii() and not _CONTROL.search(text):
        return text
    return text.translate(_TABLE)


def shown_control(character: str) -> bool:
    """Whether a character is one that `plain` shows in the place of a control."""
    return character in _SHOWN


def plain_line(text: str) -> str:
    """The same for what must stay one line: a newline in it is shown, and begins none."""
    return plain(text).replace("\n", NEWLINE_PICTURE)


def plain_json(text: str) -> Any:
    """What a JSON text says, as plain text throughout: its escapes (RFC 8259, 7) would bring back
    the controls that no output has any more. Raises ValueError or RecursionError.
    """
    return plain_values(json.loads(text))


def plain_values(value: Any) -> Any:
    """A value of JSON with each text in it plain."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [plain_values(one) for one in value]
    if isinstance(value, dict):
        return {plain(key): plain_values(one) for key, one in value.items()}
    return value


def lines_of(text: str) -> list[str]:
    """The lines of another program's file: they end at a newline and nowhere else.

    str.splitlines also ends them at a return, a form feed, U+0085, U+2028 and more: what is one
    line to that program, a comment perhaps, would become two.
    """
    return text.removesuffix("\n").split("\n") if text else []


def printed_lines(text: str) -> list[str]:
    """The lines of plain output, for a person: a return that overwrites a line begins a new one."""
    whole = text.replace(f"{RETURN}\n", "\n").replace(RETURN, "\n")
    return whole.removesuffix("\n").split("\n") if whole else []


def gap(left_out: int) -> str:
    """The line that stands for bytes of an output that was too long to be kept."""
    return f"\n[… {left_out} bytes left out …]\n"


def is_cut(text: str) -> bool:
    """Whether a text is an output of which something was left out."""
    return bool(_GAP.search(text))


def strange_line(text: str) -> int:
    """The first line, from 1, with something that is not as it was said: a control or its
    replacement; 0 when there is none.

    Such a text can be read, but written back it might be another one.
    """
    strange = _STRANGE.search(text)
    return text.count("\n", 0, strange.start()) + 1 if strange else 0
