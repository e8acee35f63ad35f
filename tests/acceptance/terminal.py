"""A real terminal of 80×24 with the real program in it: keys go in, the screen comes out as a
person sees it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pexpect
import pyte

from tests.waiting import child_ends

COLUMNS, ROWS = 80, 24
KEYS = {
    "F8": "\x1b[19~",
    "F5": "\x1b[15~",
    "F9": "\x1b[20~",
    "Enter": "\r",
    "Tab": "\t",
    "Esc": "\x1b",
    "^Q": "\x11",
}
HEADING = re.compile(r"[╭┌┏╔]─*[━═]* ?([A-Z][^─━═╮┐┓╗]*?|[a-z][^─━═╮┐┓╗]*\?) ?[─━═]*[╮┐┓╗]")
"""A dialog's, in its upper border: it begins with a capital, or is a question."""
TITLE = re.compile(r"^ *ganeti-wizard · (?P<place>.+?)(?: \[(?P<state>[^]]+)\])? *$")


@dataclass(frozen=True)
class View:
    """What the first row says, and the whole screen."""

    place: str
    state: str
    lines: tuple[str, ...]

    @property
    def step(self) -> str:
        """The step's id when a step is open, else ""."""
        found = re.match(r"\d+/\d+ (\w+) · \w+$", self.place)
        return found.group(1) if found else ""

    @property
    def dialog(self) -> str:
        """The heading of an open dialog, else ""."""
        for line in self.lines:
            found = HEADING.search(line)
            if found:
                return found.group(1).strip()
        return ""

    def __str__(self) -> str:
        return "\n".join(f"| {line.rstrip()}" for line in self.lines)


class Terminal:
    """One run of the program."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)
        full = {**env, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
        self.child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            env=full,
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            timeout=5,
        )
        self.keys = 0

    def pump(self, seconds: float) -> bool:
        """Take in output for that long; False when the program has ended."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=min(rest, 0.2)))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                return False
        return True

    def view(self) -> View:
        """The screen as it is now."""
        lines = tuple(self.screen.display)
        found = TITLE.match(lines[0])
        return View(found["place"] if found else "", (found["state"] or "") if found else "", lines)

    def wait(self, good: Callable[[View], bool], seconds: float, what: str) -> View:
        """Take in output until the screen is as wanted; raises AssertionError with the screen when
        it never is.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            alive = self.pump(0.3)
            view = self.view()
            if good(view):
                return view
            if not alive:
                raise AssertionError(f"the program ended while waiting for {what}:\n{view}")
        raise AssertionError(f"{what} did not come within {seconds:.0f} s:\n{self.view()}")

    def press(self, *names: str) -> None:
        """Press keys, one by one."""
        for name in names:
            self.child.send(KEYS.get(name, name))
            self.keys += 1
            self.pump(0.4)

    def kill(self) -> None:
        """SIGKILL, as the out-of-memory killer would."""
        self.child.kill(9)
        self.child.close(force=True)

    def end(self, seconds: float = 30) -> int | None:
        """Wait for the program's end; its exit code. Raises AssertionError with the screen when it
        does not end.
        """
        until = time.monotonic() + seconds
        while self.pump(0.5):
            if time.monotonic() > until:
                raise AssertionError(f"it did not end within {seconds:.0f} s:\n{self.view()}")
        child_ends(self.child.pid)
        self.child.wait()
        self.child.close()
        return self.child.exitstatus
