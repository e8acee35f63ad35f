"""The text of an answers file: whole, in UTF-8, and never without an end."""

from __future__ import annotations

import codecs
import errno
import os
import select
import stat
import time
from pathlib import Path

LARGEST = 1 << 20
"""Bytes; what is larger is no answers file."""
PATIENCE = 10.0
"""Seconds for whoever writes into a pipe."""


def text_of(path: Path) -> str:
    """What stands in a file, or comes through a pipe (`<(…)` of a shell).

    Raises OSError for anything else, for what is too large and for a pipe into which nobody writes;
    UnicodeDecodeError for what is no UTF-8.
    """
    # Without O_NONBLOCK, a pipe without a writer would be waited for (fifo(7)).
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        data = _read(descriptor)
    finally:
        os.close(descriptor)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise OSError(errno.EILSEQ, "it is UTF-16: save it as UTF-8")
    return data.decode("utf-8-sig")


def _read(descriptor: int) -> bytes:
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        raise OSError(errno.EINVAL, "this is no file: write the answers into one")
    until = time.monotonic() + PATIENCE
    data = b""
    while len(data) <= LARGEST:
        if stat.S_ISFIFO(mode):
            _await(descriptor, until)
        piece = os.read(descriptor, LARGEST)
        if not piece:
            return data
        data += piece
    raise OSError(errno.EFBIG, f"it has more than {LARGEST} bytes: these are no answers")


def _await(descriptor: int, until: float) -> None:
    """Until there is something to read, or the end."""
    left = max(0.0, until - time.monotonic())
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    if not ready.poll(left * 1000):
        raise OSError(errno.ETIMEDOUT, f"nobody writes into this pipe for {PATIENCE:g} s")
