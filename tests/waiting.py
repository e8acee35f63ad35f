"""Waiting for a condition, never for a time: a slow machine only takes longer."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LAST_RESORT = 300.0
"""Seconds after which a wait gives up. No test relies on it: it ends a test that would hang."""
PAUSE = 0.01
"""Seconds between two looks at a condition."""


def until(true: Callable[[], object], what: str) -> None:
    """Return as soon as `true()` is; AssertionError with `what` was waited for in the end."""
    end = time.monotonic() + LAST_RESORT
    while not true():
        assert time.monotonic() < end, f"still not after {LAST_RESORT:g} s: {what}"
        time.sleep(PAUSE)


def child_ends(pid: int) -> None:
    """Return as soon as a child process has ended, which is left for its owner to reap; one that
    does not end is killed: AssertionError.
    """
    try:
        until(lambda: _has_ended(pid), f"the end of process {pid}")
    except AssertionError:
        os.kill(pid, signal.SIGKILL)
        raise


def _has_ended(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        # It was reaped before.
        return True


def pass_gate(gate: threading.Event) -> None:
    """Stand before a gate until it is opened, as a slow machine would; AssertionError when it
    never is.
    """
    assert gate.wait(LAST_RESORT), "nobody opened the gate"


@contextmanager
def once(true: Callable[[], object], what: str, call: Callable[[], object]) -> Iterator[None]:
    """In a thread beside the block: call `call` once `true()` is, unless the block ends before.

    An error in either comes out at the end of the block.
    """
    over = threading.Event()
    errors: list[BaseException] = []

    def watch() -> None:
        try:
            until(lambda: over.is_set() or true(), what)
            if not over.is_set():
                call()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=watch, name=f"once {what}")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if errors:
        raise errors[0]
