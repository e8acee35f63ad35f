"""A plan repeats what hosts say only where it was said exactly so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.base.plain import is_cut, strange_line
from wizard.model.step import Command, Finding

_MEND = (
    "show the lines there with `LC_ALL=C grep -n '[^[:print:][:blank:]]'` and correct them, "
    "as UTF-8 without control characters"
)


def unfaithful(commands: Iterable[Command]) -> Iterator[Finding]:
    """The commands that would write or name something else than what is on their host.

    Output reaches the wizard as UTF-8 in plain text and with a bound. What was replaced or left out
    on the way is for reading: written back to a file it would change lines that nobody touched.
    """
    for command in commands:
        for text in (command.stdin or "", *command.argv):
            if is_cut(text):
                yield Finding(
                    command.host,
                    f"not done: {command.shown}: what is there is too long to be read whole",
                    "shorten the file there",
                )
                break
            if line := strange_line(text):
                yield Finding(
                    command.host,
                    f"not done: {command.shown}: line {line} of what is there has control "
                    "characters or is no UTF-8, so that it would come back changed",
                    _MEND,
                )
                break
