"""Pure edits of configuration texts: what is not ours stays as the operator wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable


def assigned(text: str, key: str) -> str | None:
    """The value of the last `key=value` line, without quotes; None when the key is not set."""
    found = re.findall(rf"^[ \t]*{re.escape(key)}[ \t]*=[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    if not found:
        return None
    value = str(found[-1])
    quoted = re.match(r"""(["'])(.*?)\1""", value)
    return quoted.group(2) if quoted else value.partition("#")[0].strip()


def assign(text: str, key: str, value: str) -> str:
    """The text with exactly one `key=value` line, `value` given with its quotes.

    It takes the place of the first line that sets the key; else it follows the commented-out
    example; else it is the last line.
    """
    line = f"{key}={value}"
    active = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=")
    example = re.compile(rf"^[ \t]*#[ \t]*{re.escape(key)}[ \t]*=")
    lines = text.splitlines()
    places = [place for place, old in enumerate(lines) if active.match(old)]
    examples = [place for place, old in enumerate(lines) if example.match(old)]
    if places:
        kept = [old for place, old in enumerate(lines) if place not in places[1:]]
        kept[places[0]] = line
    elif examples:
        kept = [*lines[: examples[-1] + 1], line, *lines[examples[-1] + 1 :]]
    else:
        kept = [*lines, line]
    return "\n".join(kept) + "\n"


def entries(text: str) -> list[str]:
    """The lines that count: neither empty nor comments, stripped."""
    return [
        line.strip()
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]


def with_lines(text: str, wanted: Iterable[str]) -> str:
    """The text with the wanted lines at its end."""
    head = text if not text or text.endswith("\n") else text + "\n"
    return head + "".join(f"{line}\n" for line in wanted)
