"""Which front end a terminal gets: the screens, or one of line mode's two dialogues."""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.base.exits import Exit

if TYPE_CHECKING:
    import argparse

SERIAL = ("/dev/ttyS", "/dev/ttyAMA", "/dev/ttyUSB", "/dev/hvc")
"""Device names of serial lines and of the hypervisors' consoles begin like this."""
DUMB = ("dumb", "unknown", "")
"""Values of TERM that promise nothing but lines of text."""


class Front(Enum):
    """A way to lead through the build."""

    NONE = "no terminal: nothing is asked"
    SCREENS = "full screens"
    PROMPTS = "line by line, with lists to move in and fields to edit"
    PLAIN = "line by line, and nothing that moves the cursor"


def is_serial(device: str) -> bool:
    """Whether a terminal's device is a serial line.

    Its name tells, not TERM: serial gettys claim to be a vt220 (agetty(8)), and a full screen takes
    14 s at 9600 baud.
    """
    return device.startswith(SERIAL)


def front(
    *, terminal: bool, device: str, term: str, encoding: str, line: bool, plain: bool
) -> Front:
    """The front end for a terminal and what was asked for on the command line.

    `--plain` always wins: a screen reader cannot be detected, and reads a list that is drawn anew
    at each key badly. NO_COLOR has no part in it, since no colour carries a meaning: the drawing
    libraries heed it. The signs of the lists that one moves in need UTF-8.
    """
    if not terminal:
        return Front.NONE
    if plain or is_serial(device) or term in DUMB:
        return Front.PLAIN
    if not line:
        return Front.SCREENS
    utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    return Front.PROMPTS if utf8 else Front.PLAIN


def with_terminal(args: argparse.Namespace, otherwise: str) -> Front:
    """The front end for the terminal that this process has.

    Raises WizardError (TERMINAL) where it has none, with what can be typed instead.
    """
    chosen = here(args)
    if chosen is Front.NONE:
        raise WizardError(
            "the wizard needs a terminal",
            mend=f"run it in one, or use `{otherwise}`",
            code=Exit.TERMINAL,
        )
    return chosen


def here(args: argparse.Namespace) -> Front:
    """The front end for this process, by its terminal, its environment and its command line."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return front(
        terminal=terminal,
        device=_device() if terminal else "",
        term=os.environ.get("TERM", ""),
        encoding=sys.stdout.encoding,
        line=args.line,
        plain=args.plain,
    )


def _device() -> str:
    """The terminal's device; "" where it has no name here, as in a container entered from outside
    (ttyname(3), ENODEV).
    """
    try:
        return os.ttyname(sys.stdin.fileno())
    except OSError:
        return ""
