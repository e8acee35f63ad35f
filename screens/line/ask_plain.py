"""The plain dialogue: the same on every terminal, and nothing that moves the cursor.

It is for serial lines, screen readers and terminals that can do nothing but lines. It reads with
input() of Python itself, as the author of prompt_toolkit advises for screen readers
(prompt-toolkit/python-prompt-toolkit#1032).
"""

from __future__ import annotations

import getpass
import select
import sys
from collections.abc import Callable, Sequence

from screens.line.ask import (
    ANYTHING,
    NONE,
    NOT_UTF8,
    Expected,
    Leave,
    can_be_picked,
    is_text,
    label_of,
    obey,
    obey_bare,
)
from screens.line.say import columns, say, wrapped
from wizard.base.plain import plain
from wizard.model.step import Choice

NOTICE = 0.5
"""Seconds after which a wait for the operator is taken up anew."""


class PlainAsker:
    """See `Asker`. Every prompt ends with its default in brackets."""

    def text(self, prompt: str, default: str = "", expected: Expected = ANYTHING) -> str:
        """See `Asker`."""
        asked = f"{prompt} [{default}]" if default else prompt
        while True:
            given = _read(_typed, asked).strip()
            obey(given)
            answer = given or default
            if default and given == NONE:
                answer = ""
            wrong = expected.wrong(answer)
            if not wrong:
                return answer
            say(f"! {prompt}: {wrong}")

    def secret(self, prompt: str) -> str:
        """See `Asker`."""
        given = _read(getpass.getpass, prompt)
        obey(given)
        return given

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """See `Asker`."""
        keys = "Y/n" if default else "y/N"
        while True:
            given = _read(_typed, f"{prompt} [{keys}]").strip().lower()
            obey_bare(given)
            if given == "":
                return default
            if given in ("y", "yes"):
                return True
            if given in ("n", "no"):
                return False
            say("please answer y or n")

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """See `Asker`."""
        offered = default
        for number, choice in enumerate(choices, 1):
            mark = " "
            if choice.value == default:
                mark = "*"
                offered = str(number)
            say(f" {mark}{number:>2} {label_of(choice)}")
        if not any(can_be_picked(choice, default) for choice in choices):
            say("nothing of this can be chosen")
            return default
        while True:
            given = self._number(f"{prompt}: its number", offered)
            if offered and given == offered:
                return default
            if not _is_number(given, len(choices)):
                say(f"please give a number from 1 to {len(choices)}")
                continue
            chosen = choices[int(given) - 1]
            if not chosen.refused:
                return chosen.value
            say(f"refused: {chosen.refused}")

    def tick(self, prompt: str, choices: Sequence[Choice], ticked: Sequence[str]) -> list[str]:
        """See `Asker`."""
        now = []
        for number, choice in enumerate(choices, 1):
            mark = "[ ]"
            if choice.value in ticked:
                mark = "[x]"
                now.append(str(number))
            say(f" {number:>2} {mark} {label_of(choice)}")
        default = ",".join(now)
        while True:
            given = self._number(f"{prompt}: their numbers, with commas", default)
            numbers = _between_commas(given)
            if all(_is_number(number, len(choices)) for number in numbers):
                return [choices[int(number) - 1].value for number in numbers]
            say(f"please give numbers from 1 to {len(choices)}")

    def _number(self, prompt: str, default: str) -> str:
        given = self.text(prompt, default)
        if given != default:
            obey_bare(given)
        return given


def _between_commas(text: str) -> list[str]:
    without_blanks = text.replace(" ", "")
    return [part for part in without_blanks.split(",") if part]


def _is_number(text: str, highest: int) -> bool:
    # int() takes digits of all scripts, and no more than 4300 of them.
    return text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= highest


def _typed(prompt: str) -> str:
    """What input() gives, but a Ctrl-C is heard also when it comes just before the terminal is
    read: Python runs its handlers between two instructions, and a read that began waits on.
    """
    if not sys.stdin.isatty():
        return input(prompt)
    print(prompt, end="", flush=True)
    while not select.select([sys.stdin], [], [], NOTICE)[0]:
        pass
    return input()


def _read(read: Callable[[str], str], prompt: str) -> str:
    """One line from the terminal; Ctrl-C and Ctrl-D leave alike."""
    while True:
        try:
            shown = wrapped(plain(f"{prompt}:"), columns() - 1)
            given = read(f"{shown} ")
        except UnicodeDecodeError:
            say(NOT_UTF8)
            continue
        except (EOFError, KeyboardInterrupt) as reason:
            raise Leave from reason
        if is_text(given):
            return given
        say(NOT_UTF8)
