"""What a command changes in the file that it replaces, as a unified diff."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

from wizard.base.plain import lines_of
from wizard.base.secrets import mask
from wizard.model.step import Command


def change(command: Command) -> list[str]:
    """The change as lines, those of the diff behind two that name the file; empty where the command
    replaces no file. Where the old text is not known, or there is none, one line says so.
    """
    path = command.writes
    if not path:
        return []
    if command.old is None:
        return [f"what {path} holds now is not shown here"]
    if not command.old:
        return [f"{path} is new or was empty: all of it is the wizard's"]
    lines = unified_diff(
        lines_of(command.old),
        lines_of(command.stdin or ""),
        f"{path} as it is",
        f"{path} as it will be",
        lineterm="",
    )
    return [mask(line) for line in lines] or [f"{path} keeps its text, and gets another mode"]


def cut(lines: Sequence[str], most: int, where: str) -> list[str]:
    """At most so many lines; what is left out is counted, with the place `where` all of it is."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[:most], f"… {len(lines) - most} more lines: {where}"]
