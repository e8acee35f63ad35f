"""How a command is undone: by another command, not by a sentence."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

NONE_NEEDED = "none needed"
"""A command whose `undo` begins with it leaves nothing behind that would have to be undone."""


@dataclass(frozen=True)
class Undo:
    """The command that undoes another one on the same host.

    `last` says that it makes anew what follows from other files (a boot menu, what a daemon has
    read): it comes after all that is put back, in the order of the plan. One that takes its time,
    or must not be cut in half, runs as a `unit`.
    """

    argv: tuple[str, ...]
    title: str = ""
    last: bool = False
    unit: bool = False

    @property
    def line(self) -> str:
        """The command as typed in a shell."""
        return shlex.join(self.argv)

    @property
    def shown(self) -> str:
        """What a list of commands shows: the title, or else the line itself."""
        return self.title or self.line


def in_words(undo: Undo | str) -> str:
    """How a command is undone, for whoever decides about it."""
    if isinstance(undo, Undo):
        return undo.shown
    if undo.startswith(NONE_NEEDED):
        return undo
    if not undo or undo.startswith("none"):
        return f"cannot be undone{undo.removeprefix('none')}"
    if undo.startswith(("the step `", "the runbook `")):
        return f"by {undo}"
    return f"not by the wizard; by hand: {undo}"
