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
from dataclasses import dataclass
from typing import Any

from wizard.base.shell import new_mark
from wizard.hosts import greeting
from wizard.hosts.greeting import Behind, opening
from wizard.hosts.output import Kept
from wizard.hosts.refusal import Login, no_greeting, no_shell

CHUNK = 32768
"""Bytes per read."""
ROUNDS = 64
"""Pieces taken at a time before the clock is looked at again."""
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


@dataclass(frozen=True)
class Input:
    """What a command is sent once its shell has said the mark.

    Whoever does not say it is sent nothing: data for a channel that has ended makes sshd drop the
    whole connection.
    """

    data: bytes
    end: bool
    """Whether the end of file follows."""
    broken: Broken

    def send(self, channel: Any) -> None:
        """From a thread of its own: the command may write much before it reads."""
        threading.Thread(target=self._send, args=(channel,), daemon=True).start()

    def _send(self, channel: Any) -> None:
        """When the link breaks meanwhile, the reader notices."""
        with contextlib.suppress(*self.broken):
            channel.sendall(self.data)
            if self.end:
                channel.shutdown_write()


def converse(host: Login, channel: Any, to_send: Input, out: Kept, err: Kept) -> int:
    """One command from its greeting to its end: its exit code, -1 when its end was not seen.

    Raises ShellRefused when the login shell does not begin it.
    """
    mark = new_mark()
    output = Behind(mark, out)
    errors = Behind(mark, err)
    late = False
    if _order(channel, opening(mark), to_send.broken):
        late = not _read(channel, output, errors, to_send)
    code = int(channel.exit_status) if channel.status_event.is_set() else -1
    if output.begun:
        return code
    noise = f"{output.noise} {errors.noise}".strip()
    if late:
        raise no_greeting(host, noise)
    if code != -1:
        raise no_shell(host, code, noise)
    return code


def _order(channel: Any, line: str, broken: Broken) -> bool:
    """Give the login shell its line; False when the link broke meanwhile."""
    try:
        channel.exec_command(line)
    except broken as error:
        logging.getLogger(__name__).info("exec: %r", error)
        return False
    return True


def _read(channel: Any, out: Behind, err: Behind, to_send: Input) -> bool:
    """Read both streams until the command's end; waits on the channel's pipe, which costs no
    polling. False when the mark did not come in time.
    """
    poll = select.poll()
    poll.register(channel.fileno(), select.POLLIN)
    patience = time.monotonic() + greeting.GREETING
    while not out.begun:
        if time.monotonic() > patience:
            return False
        if not _drain(channel, out, err) and _is_over(channel):
            return True
        poll.poll(500)
    to_send.send(channel)
    _read_on(channel, out, err, poll)
    return True


def _read_on(channel: Any, out: Behind, err: Behind, poll: select.poll) -> None:
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


def _is_over(channel: Any) -> bool:
    """Whether a command ended before it began; what it said has arrived then."""
    if channel.eof_received or channel.closed:
        channel.status_event.wait()
    return bool(channel.exit_status_ready())


def _drain(channel: Any, out: Behind, err: Behind) -> bool:
    """Take what has arrived, without waiting and without being held by an endless stream; says
    whether anything had.
    """
    some = False
    for _ in range(ROUNDS):
        if not channel.recv_ready() and not channel.recv_stderr_ready():
            break
        if channel.recv_ready():
            out.feed(channel.recv(CHUNK))
        if channel.recv_stderr_ready():
            err.feed(channel.recv_stderr(CHUNK))
        some = True
    return some
