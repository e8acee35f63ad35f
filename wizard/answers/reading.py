"""The text of an answers file: whole, in UTF-8, and never without an end; and what is wrong with it
as TOML.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import select
import stat
import time
from pathlib import Path

STANDARD_INPUT = Path("-")
LARGEST = 1 << 20
"""Bytes; what is larger is no answers file."""
PATIENCE = 10.0
"""Seconds for whoever writes into a pipe."""


def text_of(path: Path) -> str:
    """What stands in a file, or comes through a pipe (`<(…)` of a shell).

    Raises OSError for anything else: what is no UTF-8, what is too large and a pipe into which
    nobody writes.
    """
    if path == STANDARD_INPUT:
        descriptor = os.dup(0)
    else:
        # Without O_NONBLOCK, a pipe without a writer would be waited for (fifo(7)).
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        data = _read(descriptor)
    finally:
        os.close(descriptor)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise OSError(errno.EILSEQ, "it is UTF-16: save it as UTF-8")
    if b"\0" in data:
        raise OSError(errno.EILSEQ, "it has bytes of 0, as UTF-16 has them: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OSError(errno.EILSEQ, f"line {line} is not UTF-8: save the file as UTF-8") from error


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


_TWICE = re.compile("twice|overwrite|redefine|immutable|Duplicate")
"""What tomllib says of a key or a section that stands a second time, without its name."""
_AT_LINE = re.compile(r"\(at line (\d+),")
_SETS = re.compile(r"\s*(\[.*\]|[^=#]*[^=#\s])\s*(?:=|$|#)")
"""The line of a section, or the key that a line gives a value."""


def toml_wrong(text: str, error: Exception) -> str:
    """What tomllib says of a text, and by name what stands in it twice."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    lines = text.split("\n")
    said = str(error)
    if not _TWICE.search(said):
        return said
    place = _AT_LINE.search(said)
    last = int(place[1]) if place else len(lines)
    # The place is where the value ends, which may be lines below its key.
    for number in range(last, 0, -1):
        name = _sets(lines[number - 1])
        if name:
            first = _before(lines[: number - 1], name)
            before = f", first in line {first}" if first else ""
            return f"{name} stands a second time in line {number}{before}: keep one"
    return said


def _sets(line: str) -> str:
    """The section that a line begins, or the key that it sets; "" for neither."""
    found = _SETS.match(line)
    if found is None or ("=" not in line and not line.lstrip().startswith("[")):
        return ""
    return found[1]


def _before(lines: list[str], name: str) -> int:
    """The line in which a section or a key of the same section stands already; 0 for none."""
    for number in range(len(lines), 0, -1):
        earlier = _sets(lines[number - 1])
        if earlier == name:
            return number
        if earlier.startswith("[") and not name.startswith("["):
            return 0
    return 0
