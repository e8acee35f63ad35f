"""Pure edits of configuration texts: what is not ours stays as the operator wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.base.plain import lines_of


def assigned(text: str, key: str) -> str | None:
    """The value of the last `key=value` line, without quotes; None when the key is not set."""
    setting = rf"^[ \t]*{re.escape(key)}[ \t]*=[ \t]*(.*?)[ \t]*$"
    values = re.findall(setting, text, re.MULTILINE)
    if not values:
        return None
    # Later lines overrule earlier ones, as in a shell.
    last = str(values[-1])
    quoted = re.match(r"""(["'])(.*?)\1""", last)
    if quoted:
        return quoted.group(2)
    value, _, _ = last.partition("#")
    return value.strip()


def assign(text: str, key: str, value: str) -> str:
    """The text with exactly one `key=value` line, `value` given with its quotes.

    It takes the place of the first line that sets the key; else it follows the commented-out
    example; else it is the last line.
    """
    line = f"{key}={value}"
    name = re.escape(key)
    active = re.compile(rf"^[ \t]*{name}[ \t]*=")
    example = re.compile(rf"^[ \t]*#[ \t]*{name}[ \t]*=")
    lines: list[str] = []
    written = False
    after_example = None
    for old in lines_of(text):
        if not active.match(old):
            lines.append(old)
        elif not written:
            lines.append(line)
            written = True
        if example.match(old):
            after_example = len(lines)
    if not written:
        place = len(lines) if after_example is None else after_example
        lines.insert(place, line)
    return "".join(f"{new}\n" for new in lines)


def entries(text: str) -> list[str]:
    """The lines that count: neither empty nor comments, stripped."""
    counting = []
    for line in lines_of(text):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            counting.append(stripped)
    return counting


def with_lines(text: str, wanted: Iterable[str]) -> str:
    """The text with the wanted lines at its end."""
    if text and not text.endswith("\n"):
        text += "\n"
    for line in wanted:
        text += f"{line}\n"
    return text
