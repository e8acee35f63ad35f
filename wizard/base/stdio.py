"""Standard input, output and error of this process: a reader that goes away stops no work.

The record of a build is the journal and the logs; what is printed repeats it. So a line that
standard output takes no longer (a pager that was left, a dead tee, a full disk) is dropped, and so
are those that follow.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import IO

from wizard.base.errors import StateError
from wizard.base.plain import plain


def fill() -> None:
    """Open /dev/null where a standard stream is closed: nothing comes from there, and what is said
    there is dropped.

    Otherwise the next file that is opened would get the number of that stream, and what is meant
    for it. A letter that the terminal's encoding does not know is printed by its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            flags = os.O_RDONLY if mode == "r" else os.O_WRONLY
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "", *, end: str = "\n") -> None:
    """Text for the operator, at once."""
    try:
        _write(sys.stdout, plain(text) + end)
    except BrokenPipeError:
        _let_go(sys.stdout)
    except OSError as error:
        _let_go(sys.stdout)
        complain(
            f"ganeti-wizard: standard output takes nothing more ({error.strerror}); the "
            "work goes on"
        )


def hand_over(document: bytes) -> None:
    """Print what was asked for itself. A reader may leave early; cut short otherwise, it raises
    StateError.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _let_go(sys.stdout)
    except OSError as error:
        _let_go(sys.stdout)
        mend = "free space there, or write to another place"
        raise StateError(
            f"cannot write: {error.strerror}", where="standard output", mend=mend
        ) from error


def complain(text: str) -> None:
    """A line on standard error, at once."""
    try:
        _write(sys.stderr, f"{plain(text)}\n")
    except OSError:
        _let_go(sys.stderr)


def flash(text: str) -> None:
    """A line on standard error, a terminal, in the place of the last one; "" leaves it empty."""
    with contextlib.suppress(OSError):
        _write(sys.stderr, f"\r\x1b[K{plain(text)}")


def settle() -> None:
    """Hand over what is still buffered, so that the interpreter's end finds nothing that could
    fail.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _let_go(stream)


def _write(stream: IO[str], text: str) -> None:
    stream.write(text)
    stream.flush()


def _let_go(stream: IO[str]) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
