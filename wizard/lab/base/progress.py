"""Progress of long phases: what is being done, for how long already, and how it ended."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.base.stdio import complain, flash

HEARTBEAT_S = 15.0
"""Seconds between two signs of life of a phase."""
IN_PLACE_S = 1.0
"""The same on a terminal, where one takes the place of the one before."""
COLUMNS = 79
"""A sign of life that is replaced takes no more: what is wrapped stays."""

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Colours and cursor movements, with which systemd decorates the serial line."""

TAIL_LINES = 20
"""Lines of a log shown when a phase fails."""


class Progress:
    """Tells the operator about phases, one line each; `say` is where the lines go (standard error
    by default). Signs of life are further lines, or one that changes where a terminal can do that.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say or complain
        self._in_place = say is None and _can_replace()
        # Phases of several machines go on side by side.
        self._lock = threading.Lock()
        self._flashed = False

    def say(self, line: str) -> None:
        """One line for the operator."""
        with self._lock:
            if self._flashed:
                flash("")
                self._flashed = False
            self._say(line)

    @contextmanager
    def phase(self, title: str, hint: Callable[[], str] = lambda: "") -> Iterator[None]:
        """Announce a phase, give signs of life while it lasts (`hint` adds a word), and say how it
        ended.
        """
        started = time.monotonic()
        over = threading.Event()
        beat = threading.Thread(target=self._beat, args=(title, hint, started, over), daemon=True)
        self.say(f"-- {title}")
        beat.start()
        try:
            yield
        except BaseException as error:
            over.set()
            verb = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            self.say(f"!! {title}: {verb} after {time.monotonic() - started:.0f} s")
            raise
        over.set()
        self.say(f"ok {title} ({time.monotonic() - started:.0f} s)")

    def _beat(
        self, title: str, hint: Callable[[], str], started: float, over: threading.Event
    ) -> None:
        while not over.wait(IN_PLACE_S if self._in_place else HEARTBEAT_S):
            word = hint()
            text = f"   {title}: {time.monotonic() - started:.0f} s" + (f", {word}" if word else "")
            if self._in_place:
                self._flash(text, over)
            else:
                self.say(text)

    def _flash(self, text: str, over: threading.Event) -> None:
        with self._lock:
            if not over.is_set():
                flash(text[:COLUMNS])
                self._flashed = True


def _can_replace() -> bool:
    """Whether a line on standard error can take the place of another."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The end of a log as readable text (escape sequences and empty lines dropped), and where the
    whole is.
    """
    try:
        text = path.read_bytes()[-65536:].decode("utf-8", "replace")
    except OSError:
        return f"(no log at {path})"
    text = ESCAPES.sub("", text)
    clean = [
        "".join(c for c in line if c.isprintable()) for line in text.replace("\r", "\n").split("\n")
    ]
    kept = [line for line in clean if line.strip()][-lines:]
    return "\n".join(f"  | {line}" for line in kept) + f"\n  whole log: {path}"


def last_line(path: Path) -> str:
    """The last readable line of a log, short enough for a sign of life."""
    return tail(path, 1).split("\n")[0].removeprefix("  | ")[:70]
