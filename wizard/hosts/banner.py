"""A bound on how long a server may take to say that it speaks ssh."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Banner:
    """While the block lasts: hangs up on a connection on which no ssh version came in time.

    A server may say lines before its version (RFC 4253, 4.2). Paramiko waits for each of them anew,
    and for a hundred of them. `transport` gives its transport, None before there is one.
    """

    def __init__(self, sock: Any, seconds: float, transport: Callable[[], Any]) -> None:
        self._sock = sock
        self._seconds = seconds
        self._transport = transport
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self.late: TimeoutError | None = None
        """What is to be said where it hung up."""

    def __enter__(self) -> Banner:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def _hang_up(self) -> None:
        transport = self._transport()
        if transport is None or not transport.remote_version:
            self.late = TimeoutError(f"no ssh version came within {self._seconds:g} s")
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
