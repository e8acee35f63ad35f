"""One command on one raw ssh channel: started, fed, read and bounded. Knows a channel by its shape
only.
"""

from __future__ import annotations

import contextlib
import logging
import select
import threading
import time
from collections.abc import Iterator
from typing import Any

from wizard.hosts.output import Kept

CHUNK = 32768
"""Bytes per read."""
QUIET = 2.0
"""Seconds to wait for more output after the command's end, when a child it left keeps the pipe
open.
"""
Broken = tuple[type[Exception], ...]
"""What a channel raises when its connection is gone."""


@contextlib.contextmanager
def bounded(channel: Any, timeout: float | None) -> Iterator[threading.Event]:
    """Close the channel when the time is over, whatever waits on it; the event says that this
    happened.
    """
    late = threading.Event()

    def expire() -> None:
        late.set()
        channel.close()

    timer = threading.Timer(timeout, expire) if timeout is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield late
    finally:
        if timer is not None:
            timer.cancel()
        channel.close()


def start(channel: Any, line: str, stdin: bytes | None, broken: Broken) -> bool:
    """Start a line made by `connect.wrap`; False when the link broke meanwhile, which leaves exit
    status -1.

    Standard input goes from a thread of its own: the command may write much before it reads.
    """
    try:
        channel.exec_command(line)
    except broken as error:
        logging.getLogger(__name__).info("exec: %r", error)
        return False
    if stdin is not None:
        threading.Thread(target=_send, args=(channel, stdin, broken), daemon=True).start()
    return True


def _send(channel: Any, stdin: bytes, broken: Broken) -> None:
    """Send all and the end of file. When the link breaks meanwhile, the reader notices."""
    with contextlib.suppress(*broken):
        channel.sendall(stdin)
        channel.shutdown_write()


def read(channel: Any, out: Kept, err: Kept) -> None:
    """Read both streams until the command's end; waits on the channel's pipe, which costs no
    polling.
    """
    poll = select.poll()
    poll.register(channel.fileno(), select.POLLIN)
    quiet_since: float | None = None
    while True:
        if _drain(channel, out, err):
            quiet_since = None
        elif channel.eof_received or channel.closed:
            channel.status_event.wait()
            _drain(channel, out, err)
            return
        elif channel.exit_status_ready():
            quiet_since = quiet_since or time.monotonic()
            if time.monotonic() - quiet_since >= QUIET:
                return
        poll.poll(500)


def _drain(channel: Any, out: Kept, err: Kept) -> bool:
    """Take what has arrived, without waiting; says whether anything had."""
    some = False
    while channel.recv_ready() or channel.recv_stderr_ready():
        if channel.recv_ready():
            out.feed(channel.recv(CHUNK))
        if channel.recv_stderr_ready():
            err.feed(channel.recv_stderr(CHUNK))
        some = True
    return some
