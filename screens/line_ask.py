"""Asking on a terminal line by line: plainly, or with questionary where the terminal can do more."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from typing import Protocol

from wizard.step import Choice

NONE = "-"
"""Typed where a default is shown, it stands for nothing at all: Enter alone takes the default."""


class Asker(Protocol):
    """Ways to ask. An end of the input (Ctrl-D) raises EOFError, Ctrl-C KeyboardInterrupt.

    `hint` says how a default is taken or emptied, where that does not show by itself.
    """

    hint: str

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
    """Prompts and answers, nothing that moves a cursor: for serial consoles and screen readers."""

    hint = f"Enter takes what stands in brackets, {NONE} alone empties it."

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
            say(f" {mark}{number:>2} {one.label}" + (f" - REFUSED: {one.refused}" if one.refused else ""))
        while True:
            given = self.text(f"{prompt}: its number", "")
            if not given and default:
                return default
            if given.isdigit() and 1 <= int(given) <= len(choices):
                chosen = choices[int(given) - 1]
                if not chosen.refused:
                    return chosen.value
                say(f"refused: {chosen.refused}")
            else:
                say(f"please give a number from 1 to {len(choices)}")


class FancyAsker:
    """The same with questionary: lists to move in, for terminals that can."""

    hint = ""

    def text(self, prompt: str, default: str = "") -> str:
        """See `Asker`."""
        import questionary

        return str(questionary.text(f"{prompt}:", default=default).unsafe_ask()).strip()

    def secret(self, prompt: str) -> str:
        """See `Asker`."""
        import questionary

        return str(questionary.password(f"{prompt}:").unsafe_ask())

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """See `Asker`."""
        import questionary

        return bool(questionary.confirm(prompt, default=default).unsafe_ask())

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """See `Asker`."""
        import questionary

        rows = [questionary.Choice(one.label, one.value, disabled=one.refused or None) for one in choices]
        usable = [one.value for one in choices if not one.refused]
        return str(questionary.select(prompt, rows, default=default if default in usable else None).unsafe_ask())


def asker() -> Asker:
    """Fancy where the terminal is known to move its cursor and no screen reader asked for less."""
    plain = os.environ.get("TERM", "dumb") in ("dumb", "unknown", "", "vt100", "vt102", "vt220", "linux")
    return PlainAsker() if plain or not sys.stdout.isatty() else FancyAsker()
