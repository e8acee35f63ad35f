"""Asking line by line: what every dialogue can ask, and what can be said in place of an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wizard.model.step import Choice

NONE = "-"
"""Typed where a default is shown, it stands for nothing at all: Enter alone takes the default."""
HELP = "?help"
LOG = "?log"
HEALTH = "?health"
BACK = "?back"
ASIDES = {"?": HELP, **{word: word for word in (HELP, LOG, HEALTH, BACK)}}
"""What can be typed at every prompt. No answer's grammar lets a value begin with a question mark;
in place of a number or of yes and no, the words do without it.
"""


class Leave(Exception):
    """The operator leaves, by Ctrl-C, by Ctrl-D or by a menu: nothing is lost."""


class Back(Exception):
    """The operator wants the question before this one."""


class Aside(Exception):
    """The operator wants to see something first; the question is asked again afterwards."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def _always_right(given: str) -> str:
    return ""


@dataclass(frozen=True)
class Expected:
    """What is known of the answer to a question before it is given.

    `wrong` says in words what is wrong with an answer, "" when nothing is. `known` are values that
    are offered while one types; others are right too. `several`: commas part several values.
    `file`: the path of a file on this machine.
    """

    wrong: Callable[[str], str] = _always_right
    known: tuple[str, ...] = ()
    several: bool = False
    file: bool = False


ANYTHING = Expected()


class Asker(Protocol):
    """Ways to ask. Each raises Leave, Back or Aside where that is what the operator wants."""

    def text(self, prompt: str, default: str = "", expected: Expected = ANYTHING) -> str:
        """One line; Enter takes the default, and a default can be emptied."""
        ...

    def secret(self, prompt: str) -> str:
        """One line that is not shown."""
        ...

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        """Yes or no."""
        ...

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        """One of a few; what is refused cannot be picked, unless it is the default."""
        ...

    def tick(self, prompt: str, choices: Sequence[Choice], ticked: Sequence[str]) -> list[str]:
        """Any of a few; what is refused can be ticked too, and the caller asks about it."""
        ...


def label_of(choice: Choice) -> str:
    """A choice in words, with why it is refused."""
    return f"{choice.label} - REFUSED: {choice.refused}" if choice.refused else choice.label


def with_default(choices: Sequence[Choice], default: str) -> list[Choice]:
    """The choices, and behind them a default that is not among them, so that it can be kept."""
    if not default or default in [choice.value for choice in choices]:
        return list(choices)
    return [*choices, Choice(default, f"{default}: not seen now")]


def can_be_picked(choice: Choice, default: str) -> bool:
    """Whether a choice is not refused. What is so already can stay: the plan says what is wrong."""
    return not choice.refused or choice.value == default


NOT_UTF8 = "! that was not UTF-8: set the terminal to UTF-8, and type it once more"


def is_text(given: str) -> bool:
    """Whether what was typed is text; bytes of another encoding come as surrogates (PEP 383), which
    no file and no host can be given.
    """
    return not any("\ud800" <= letter <= "\udfff" for letter in given)


def obey(given: str) -> None:
    """Raise what a word stands for that was said in place of an answer; do nothing for others."""
    word = ASIDES.get(given)
    if word == BACK:
        raise Back
    if word is not None:
        raise Aside(word)


def obey_bare(given: str) -> None:
    """The same where no answer is a word: `help`, `log`, `health` and `back` will do."""
    obey(f"?{given.removeprefix('?')}" if given else "")
