"""Noticing a peer that is gone although TCP does not say so: one that is frozen, or behind NAT or a
jump host.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import Any

INTERVAL = 10.0
"""Seconds between questions."""
PATIENCE = 60.0
"""Seconds without an answer after which the connection is closed; a starved Xen dom0 needs many of
them.
"""


def watch(transport: Any, interval: float = INTERVAL, patience: float = PATIENCE) -> None:
    """Ask the ssh server itself for a sign of life, in a thread, as long as the connection is open.

    A router in between acknowledges what the host never reads, so neither TCP_USER_TIMEOUT nor
    keepalives that want no reply end such a connection. Any reply will do, a refusal as well (RFC
    4254, section 4). When none comes the transport is closed: whoever waits on one of its channels
    learns that the connection is lost.
    """
    threading.Thread(target=_ask, args=(transport, interval, patience), daemon=True).start()


def _ask(transport: Any, interval: float, patience: float) -> None:
    while transport.is_active():
        timer = threading.Timer(patience, _give_up, (transport, patience))
        timer.daemon = True
        timer.start()
        with contextlib.suppress(Exception):
            transport.global_request("keepalive@openssh.com", wait=True)
        timer.cancel()
        time.sleep(interval)


def _give_up(transport: Any, patience: float) -> None:
    logging.getLogger(__name__).info("no sign of life for %g s: closing the connection", patience)
    transport.close()
