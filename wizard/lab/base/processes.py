"""Processes of this machine, found by their command lines: a number in a file proves nothing, it is
used again.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from wizard.base.errors import LabError

END_S = 10.0
"""Seconds that a process gets to end after SIGTERM before it is killed."""


def launch(module: str, words: Sequence[str], log: Path, descriptors: Sequence[int] = ()) -> None:
    """Start one of our own modules as a program that outlives this one.

    It finds its modules where this program has them, also when that came as one file. Until the
    kernel shows its command line nobody would find it, so that is waited for.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd="/",
            pass_fds=descriptors,
            start_new_session=True,
        )
    while not command_line(process.pid) and process.poll() is None:
        time.sleep(0.001)


def option(words: Sequence[str], name: str) -> str:
    """What follows an option on a command line, "" without it."""
    at = words.index(name) + 1 if name in words else len(words)
    return words[at] if at < len(words) else ""


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


def wait_gone(pid: int, seconds: float | None = None) -> bool:
    """Wait until a process has ended, for ever or so long; True when it has.

    pidfd_open(2): unlike its number, the descriptor never means another process; it is readable
    once that has ended.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)
    return bool(ready)


def end_processes(pids: Sequence[int]) -> None:
    """Have these processes end, and wait until they have let go all that they held.

    Raises LabError when one stays. An ending process loses its command line before its ports.
    """
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    for pid in pids:
        if wait_gone(pid, END_S):
            continue
        _signal(pid, signal.SIGKILL)
        if not wait_gone(pid, END_S):
            raise LabError(f"process {pid} does not end", where="this machine", mend="restart it")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
