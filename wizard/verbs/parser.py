"""A command line whose options and arguments are never empty, and say one thing each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

_LAST_COUNTS = ("state",)
"""Given twice, the last one counts: people have it in an alias of their shell."""


class Parser(argparse.ArgumentParser):
    """Refuses as a wrong use an empty text, mostly a shell variable that is not set, and two values
    where one counts.

    Taken as it is, an empty one would mean everything (no step named: all steps) or this folder (a
    path). Verbs below get the same kind of parser. An argument with `type=str` may be empty. A path
    may begin with `~`, also behind a `=`, where shells leave it. An option at the wrong side of the
    verb is named with its place.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register("type", None, _filled)
        self.register("type", Path, _filled_path)
        self.register("action", None, _Once)
        self.register("action", "store", _Once)
        self._words: list[str] = []

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; the words are kept for what is said of a wrong one."""
        self._words = list(sys.argv[1:] if args is None else args)
        for action in self._actions:
            if isinstance(action, _Once):
                action.given = None
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where a misplaced option belongs; ends with 2."""
        placed = self._misplaced() if "VERB" in message or "unrecognized" in message else ""
        super().error(f"{message}\n{placed}" if placed else message)

    def _misplaced(self) -> str:
        """Where an option belongs that stands before the verb instead of behind it, or the other
        way round; "" where none does.
        """
        verbs = dict(_verbs(self))
        at = next((n for n, word in enumerate(self._words) if word in verbs), len(self._words))
        for number, word in enumerate(self._words):
            option = word.partition("=")[0]
            own = option in self._option_string_actions
            if not option.startswith("--") or option == "--":
                continue
            takers = [name for name, verb in verbs.items() if option in verb._option_string_actions]
            if own and number > at and self._words[at] not in takers:
                return f"{option} stands before the verb"
            if not own and number < at and takers:
                return f"{option} stands behind its verb: {', '.join(takers)}"
        return ""


class _Once(argparse.Action):
    """Keeps a value; refuses a second one that differs."""

    given: Any = None

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if option_string and self.dest not in _LAST_COUNTS:
            if self.given not in (None, values):
                raise argparse.ArgumentError(
                    self, f"given twice, as {self.given} and as {values}: which one is meant?"
                )
            self.given = values
        setattr(namespace, self.dest, values)


def _verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _filled(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _filled_path(text: str) -> Path:
    try:
        return Path(_filled(text)).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(
            f"there is no such user here: {text.partition('/')[0]}"
        ) from error


def file_to_write(text: str) -> Path:
    """A file that is to be made; raises ArgumentTypeError for what ends as a folder does."""
    if text.endswith("/"):
        raise argparse.ArgumentTypeError(f"{text} is a folder: name a file in it")
    return _filled_path(text)
