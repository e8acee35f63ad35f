"""A program run by the harness: every line with its moment, an end by force after some time, or at
the line where somebody wants it killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

AtLine = Callable[[str], bool]
"""Whether the program is to be killed at once, now that it said this line."""


@dataclass(frozen=True)
class Done:
    """A program that ended. `lines` are what it said, each with the moment (seconds since 1970)."""

    words: tuple[str, ...]
    rc: int
    lines: tuple[tuple[float, str], ...]
    seconds: float
    killed: bool = False

    @property
    def out(self) -> str:
        """All that it said."""
        return "".join(line for _, line in self.lines)

    @property
    def shown(self) -> str:
        """Its words and its end, as one line."""
        end = "killed" if self.killed else f"exit {self.rc}"
        return f"$ {' '.join(self.words)}: {end} after {self.seconds:.0f} s"


def never(line: str) -> bool:
    """Nobody kills it."""
    return False


def run(
    words: Sequence[str],
    env: Mapping[str, str],
    *,
    seconds: float = 7200,
    at_line: AtLine = never,
    shown: bool = True,
    errors: bool = True,
) -> Done:
    """Run a program in a process group of its own, which is killed outright after so many seconds.

    `shown` prints what it says as it comes; `errors` takes its standard error in as well.
    """
    begun = time.monotonic()
    process = subprocess.Popen(
        list(words),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors else None,
        text=True,
        start_new_session=True,
    )
    watchdog = threading.Timer(seconds, kill, (process,))
    watchdog.daemon = True
    watchdog.start()
    lines: list[tuple[float, str]] = []
    killed = False
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.append((time.time(), line))
            if shown:
                print(f"  {line}", end="", flush=True)
            if not killed and at_line(line):
                killed = True
                kill(process)
    except BaseException:
        kill(process)
        raise
    finally:
        watchdog.cancel()
        process.wait()
    return Done(tuple(words), process.returncode, tuple(lines), time.monotonic() - begun, killed)


def kill(process: subprocess.Popen[str]) -> None:
    """End a program and all that it started, without a word; what ended already is left alone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
