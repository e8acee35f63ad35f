"""Asking line by line, the same on every terminal: prompts and answers, and nothing that moves the
cursor.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Protocol

from wizard.model.step import Choice

NONE = "-"
"""Typed where a default is shown, it stands for nothing at all: Enter alone takes the default."""


class Asker(Protocol):
    """Ways to ask. An end of the input (Ctrl-D) raises EOFError, Ctrl-C KeyboardInterrupt."""

    def text(self, prompt: str, default: str = "") -> str:
        """One line; Enter takes the default, and a default can be emptied."""
        ...

    def secret(self, prompt: str) -> str:
        """One line that is not shown."""
        ...

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """Yes or no."""
        ...

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """One of a few; what is refused cannot be picked."""
        ...


def say(text: str = "") -> None:
    """A text for the operator, at once."""
    print(text, flush=True)


class PlainAsker:
    """On a terminal, for serial consoles and screen readers too."""

    def text(self, prompt: str, default: str = "") -> str:
        """See `Asker`."""
        shown = f" [{default}]" if default else ""
        given = input(f"{prompt}{shown}: ").strip()
        return "" if default and given == NONE else given or default

    def secret(self, prompt: str) -> str:
        """See `Asker`."""
        return getpass.getpass(f"{prompt}: ")

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """See `Asker`."""
        while True:
            given = input(f"{prompt} [{'Y/n' if default else 'y/N'}]: ").strip().lower()
            if given in ("", "y", "yes", "n", "no"):
                return given.startswith("y") if given else default
            say("please answer y or n")

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """See `Asker`."""
        for number, one in enumerate(choices, 1):
            mark = "*" if one.value == default else " "
            say(
                f" {mark}{number:>2} {one.label}"
                + (f" - REFUSED: {one.refused}" if one.refused else "")
            )
        numbers = {one.value: str(number) for number, one in enumerate(choices, 1)}
        offered = numbers.get(default, default)
        while True:
            given = self.text(f"{prompt}: its number", offered)
            if offered and given == offered:
                return default
            if given.isdigit() and 1 <= int(given) <= len(choices):
                chosen = choices[int(given) - 1]
                if not chosen.refused:
                    return chosen.value
                say(f"refused: {chosen.refused}")
            else:
                say(f"please give a number from 1 to {len(choices)}")
