"""Work beside the main thread that the end of the program does not wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begun(job: Callable[[], T]) -> Future[T]:
    """Begin `job` in a thread of its own; its value, or what it raised, comes by the future.

    For what only looks. A pool's threads are waited for when Ctrl-C ends the work, and once more at
    the interpreter's end: half a minute, where they wait for hosts that say nothing.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(job())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future
