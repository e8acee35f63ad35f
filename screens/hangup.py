"""The terminal goes away, or the system goes down: the wizard leaves in good order, or else it just
ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from wizard.base.exits import Exit

GRACE = 10.0
"""Seconds for leaving in good order. A terminal that takes no more output holds up the loop, and
then nobody leaves: the process would keep the build locked. What is on disk survives an end at any
moment.
"""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""A Ctrl-C that is typed is a key here; the signal comes from another program."""


def watch(leave: Callable[[], object]) -> Callable[[], None]:
    """Call `leave` on the running loop at each of SIGNALS, and when nobody is at the terminal's
    other end any more; returns what puts the former signal handlers back.

    A signal may find the main thread where it cannot act on it, so that a thread looks for the
    hang-up as well.
    """
    loop = asyncio.get_running_loop()

    def end() -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(leave)
        time.sleep(GRACE)
        os._exit(int(Exit.INTERRUPTED))

    def ended(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=end, daemon=True).start()

    def hung_up() -> None:
        poll = select.poll()
        poll.register(sys.__stdin__, 0)  # type: ignore[arg-type]
        poll.poll()
        end()

    if sys.__stdin__ is not None and sys.__stdin__.isatty():
        threading.Thread(target=hung_up, daemon=True).start()
    former = {number: signal.signal(number, ended) for number in SIGNALS}

    def back() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    return back
