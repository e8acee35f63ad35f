"""Processes of this machine, found by their command lines: a number in a file proves nothing, it is
used again.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from wizard.base.errors import LabError

END_S = 10.0
"""Seconds that a process gets to end after SIGTERM before it is killed."""


def command_lines() -> Iterator[tuple[int, list[str]]]:
    """Process id and command line of every process here; a dead one that nobody has waited for has
    none.
    """
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        words = command_line(int(folder.name))
        if words:
            yield int(folder.name), words


def command_line(pid: int) -> list[str]:
    """A process's command line (proc(5)); empty when there is no such process, or a dead one."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(word) for word in text.split(b"\0")[:-1]]


def end_processes(find: Callable[[], Iterable[int]]) -> None:
    """Have the processes that `find` finds end, and wait until it finds none; raises LabError when
    one stays.
    """
    deadline = time.monotonic() + END_S
    for pid in find():
        _signal(pid, signal.SIGTERM)
    while left := list(find()):
        if time.monotonic() > deadline + END_S:
            raise LabError(
                f"process {left[0]} does not end",
                where="this machine",
                mend="end it by hand: kill -9",
            )
        if time.monotonic() > deadline:
            for pid in left:
                _signal(pid, signal.SIGKILL)
        time.sleep(0.01)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
