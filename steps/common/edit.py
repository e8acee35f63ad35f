"""Pure edits of configuration texts: what is not ours stays as the operator wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable


def assigned(text: str, key: str) -> str | None:
    """The value of the last `key=value` line, without quotes; None when the key is not set."""
    setting = rf"^[ \t]*{re.escape(key)}[ \t]*=[ \t]*(.*?)[ \t]*$"
    values = re.findall(setting, text, re.MULTILINE)
    if not values:
        return None
    # Later lines overrule earlier ones, as in a shell.
    last = str(values[-1])
    quoted = re.match(r"""(["'])(.*?)\1""", last)
    return quoted.group(2) if quoted else last.partition("#")[0].strip()


def assign(text: str, key: str, value: str) -> str:
    """The text with exactly one `key=value` line, `value` given with its quotes.

    It takes the place of the first line that sets the key; else it follows the commented-out
    example; else it is the last line.
    """
    line = f"{key}={value}"
    active = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=")
    example = re.compile(rf"^[ \t]*#[ \t]*{re.escape(key)}[ \t]*=")
    lines: list[str] = []
    written = False
    after_example = None
    for old in text.splitlines():
        if not active.match(old):
            lines.append(old)
        elif not written:
            lines.append(line)
            written = True
        if example.match(old):
            after_example = len(lines)
    if not written:
        lines.insert(len(lines) if after_example is None else after_example, line)
    return "".join(f"{new}\n" for new in lines)


def entries(text: str) -> list[str]:
    """The lines that count: neither empty nor comments, stripped."""
    stripped = [line.strip() for line in text.splitlines()]
    return [line for line in stripped if line and not line.startswith("#")]


def with_lines(text: str, wanted: Iterable[str]) -> str:
    """The text with the wanted lines at its end."""
    last_line_is_open = bool(text) and not text.endswith("\n")
    head = f"{text}\n" if last_line_is_open else text
    return head + "".join(f"{line}\n" for line in wanted)
