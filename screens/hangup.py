"""The terminal goes away, or the system goes down: the wizard leaves in good order, or else it just ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from wizard.exits import Exit

GRACE = 10.0
"""Seconds for leaving in good order. A terminal that takes no more output holds up the loop, and then nobody leaves:
the process would keep the build locked. What is on disk survives an end at any moment."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def watch(leave: Callable[[], object]) -> Callable[[], None]:
    """Call `leave` on the running loop at SIGTERM and SIGHUP; returns what puts the former handlers back.

    The loop's own signal handlers run on the loop only, and so not while it is held up.
    """
    loop = asyncio.get_running_loop()

    def ended(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(leave)
        threading.Thread(target=_cut, daemon=True).start()

    former = {number: signal.signal(number, ended) for number in SIGNALS}

    def back() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    return back


def _cut() -> None:
    time.sleep(GRACE)
    os._exit(int(Exit.INTERRUPTED))
