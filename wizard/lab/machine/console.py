"""A machine's serial console in this terminal: what a monitor and keyboard on the machine would
show.
"""

import os
import select
import socket
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.base.errors import LabError

LEAVE = b"\x1d"
"""Ctrl-], as in telnet: leaves the console, the machine runs on."""


@contextmanager
def _raw_terminal(descriptor: int) -> Iterator[None]:
    if not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def attach(path: Path, keyboard: int | None = None, screen: int | None = None) -> int:
    """Join the terminal to a serial console's socket until Ctrl-] or the machine's end; raises
    LabError when off.
    """
    source = sys.stdin.fileno() if keyboard is None else keyboard
    sink = sys.stdout.fileno() if screen is None else screen
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(path))
        except OSError as error:
            raise LabError(
                "the machine is off", where=path.stem, mend="ganeti-wizard lab boot NODE"
            ) from error
        os.write(sink, b"serial console; Ctrl-] leaves it, Enter shows a prompt\r\n")
        with _raw_terminal(source):
            _relay(line, source, sink)
    os.write(sink, b"\r\n")
    return 0


def _relay(line: socket.socket, source: int, sink: int) -> None:
    sources = [line.fileno(), source]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if line.fileno() in ready:
            data = line.recv(65536)
            if not data:
                return
            os.write(sink, data)
        if source in ready:
            keys = os.read(source, 1024)
            if not keys:
                sources.remove(source)
            before, found, _ = keys.partition(LEAVE)
            line.sendall(before)
            if found or not keys:
                return
