"""Line mode in a real pseudo-terminal, in either dialogue: keys go in, what stands on the screen
comes out.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

import pexpect
import pyte

from tests.waiting import LAST_RESORT, child_ends

PATIENCE = LAST_RESORT
"""Seconds; a loaded machine needs some."""
UP = "\x1b[A"
DOWN = "\x1b[B"
ESC = "\x1b"
F1 = "\x1bOP"
F3 = "\x1bOR"
F4 = "\x1bOS"
CTRL_C = "\x03"
CTRL_D = "\x04"
ENTER = "\r"


class Screen(pyte.HistoryScreen):
    """A terminal that answers when it is asked where its cursor is."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], object]) -> None:
        super().__init__(columns, rows, history=10_000)
        self.answer = answer
        self._scrolled: list[str] = []
        """What `rows` read of those that were scrolled out: nothing is written there any more."""

    def write_process_input(self, data: str) -> None:
        """See `pyte.Screen`."""
        self.answer(data)

    @property
    def rows(self) -> list[str]:
        """All rows since the beginning, those that were scrolled out first."""
        if len(self.history.top) < len(self._scrolled):
            self._scrolled.clear()
        for row in islice(self.history.top, len(self._scrolled), None):
            text = "".join(row[at].data for at in range(self.columns))
            self._scrolled.append(text.rstrip())
        return [*self._scrolled, *(row.rstrip() for row in self.display)]


class Typist:
    """One run of a program on a terminal of its own.

    `sees` waits for words behind those that were seen before, however they are wrapped. What was
    drawn anew since then counts as not seen. `patience`: seconds that it waits for anything.
    """

    def __init__(
        self,
        argv: list[str],
        env: Mapping[str, str],
        *,
        term: str = "xterm-256color",
        columns: int = 80,
        patience: float = PATIENCE,
    ) -> None:
        self.patience = patience
        self.raw = ""
        full = {**os.environ, "LC_ALL": "C.UTF-8", **env, "TERM": term}
        self.child = pexpect.spawn(
            argv[0], argv[1:], env=full, dimensions=(24, columns), encoding="utf-8"
        )
        self.screen = Screen(columns, 24, self.child.send)
        self.stream = pyte.Stream(self.screen)
        self.seen = ""

    @property
    def text(self) -> str:
        """All that was shown, with single blanks between words."""
        return " ".join(" ".join(self.screen.rows).split())

    def pump(self) -> bool:
        """Take in what comes; False at the end of the program."""
        wait = 0.1
        while True:
            try:
                data = self.child.read_nonblocking(65536, timeout=wait)
            except pexpect.TIMEOUT:
                return True
            except pexpect.EOF:
                return False
            self.raw += data
            self.stream.feed(data)
            wait = 0.0

    def sees(self, words: str) -> str:
        """Wait until the words stand on the screen; returns all that came before them."""
        return self.sees_one_of(words)[1]

    def sees_one_of(self, *wanted: str) -> tuple[str, str]:
        """Wait until one of these stands on the screen; returns the first that does, and all that
        came before it.
        """
        until = time.monotonic() + self.patience
        alive = True
        while True:
            text = self.text
            start = _in_common(self.seen, text)
            self.seen = text[:start]
            places = [(text.find(words, start), words) for words in wanted]
            there = [(at, words) for at, words in places if at >= 0]
            if there:
                at, words = min(there)
                self.seen = text[: at + len(words)]
                return words, text[start:at]
            if not alive or time.monotonic() > until:
                raise AssertionError(f"none of {wanted} after {self.seen[-200:]!r}:{self}")
            alive = self.pump()

    def types(self, *keys: str) -> None:
        """Type; a program that asks anew between two keys gets the second when it asks."""
        for key in keys:
            self.child.send(key)

    def answers(self, prompt: str, *keys: str) -> None:
        """Wait for a prompt, then type."""
        self.sees(prompt)
        self.types(*keys)

    def ends(self) -> int | None:
        """Wait for the end of the program; its exit code."""
        until = time.monotonic() + self.patience
        while self.pump():
            assert time.monotonic() < until, f"it does not end:{self}"
        child_ends(self.child.pid)
        self.child.wait()
        self.child.close()
        return self.child.exitstatus

    def __str__(self) -> str:
        return "\n" + "\n".join(f"| {row}" for row in self.screen.rows if row)


def _in_common(left: str, right: str) -> int:
    """How many characters two texts begin with alike."""
    if right.startswith(left):
        return len(left)
    for at, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return at
    return min(len(left), len(right))


def line_mode(state: Path, *flags: str, columns: int = 80, **env: str) -> Typist:
    """Line mode on simulated hosts: see `tests.screens.line.main` for the flags."""
    argv = [sys.executable, "-m", "tests.screens.line.main", str(state), *flags]
    term = env.pop("TERM", "xterm-256color")
    return Typist(argv, env, term=term, columns=columns)


def colours(raw: str) -> list[str]:
    """The commands in what a terminal got that set a colour (SGR 30 to 49 and 90 to 107)."""
    found = []
    for parameters in re.findall(r"\x1b\[([0-9;]*)m", raw):
        numbers = [int(number or 0) for number in parameters.split(";")]
        if any(30 <= number <= 49 or 90 <= number <= 107 for number in numbers):
            found.append(parameters)
    return found
