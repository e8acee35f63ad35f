"""Noticing that the far end of a tunnelled connection is dead, which no timer of the kernel here can see."""

from __future__ import annotations

import threading
import time
from typing import Any

EVERY = 10.0
"""Seconds between two questions."""
DEAD_AFTER = 60.0
"""Seconds without an answer after which the connection is given up; a guest under load answers slowly."""


def watch(transport: Any, name: str, every: float = EVERY, dead_after: float = DEAD_AFTER) -> threading.Thread:
    """Ask over `transport` from time to time, in a thread, and close it when no answer comes.

    The question is OpenSSH's own (keepalive@openssh.com): any answer will do, a refusal too. The kernel's
    bound (tcp(7), TCP_USER_TIMEOUT) holds for the connection to the node only, not for the one beyond.
    """
    thread = threading.Thread(target=_watch, args=(transport, every, dead_after), name=name, daemon=True)
    thread.start()
    return thread


def _watch(transport: Any, every: float, dead_after: float) -> None:
    while True:
        until = time.monotonic() + every
        while time.monotonic() < until:
            if not transport.is_active():
                return
            time.sleep(min(0.5, every))
        asker = threading.Thread(target=_ask, args=(transport,), daemon=True)
        asker.start()
        asker.join(dead_after)
        if asker.is_alive():
            transport.close()
            return


def _ask(transport: Any) -> None:
    """A transport that ends meanwhile raises what it likes; the watcher sees it by itself."""
    try:
        transport.global_request("keepalive@openssh.com", wait=True)
    except Exception:
        return
