"""The operator's terminal stays usable, whatever ends the program."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from types import FrameType

_ENDS = (signal.SIGTERM, signal.SIGHUP)
_AS_USUAL = b"\x1b[?2004l\x1b[?25h\x1b[0m"
"""Pastes come without marks, the cursor shows, no colours: what line mode's prompts had changed."""


def guard() -> None:
    """Have SIGTERM and SIGHUP put the terminal's settings back before they end the program.

    Killed while a secret is typed, it would leave a terminal that shows nothing of what is typed.
    A signal that is ignored (nohup(1)) stays so, and a front end may take both over for its time.
    """
    try:
        descriptor = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        before = termios.tcgetattr(descriptor)
    except (ValueError, OSError, termios.error):
        return

    def ended(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError, termios.error):
            # Of a terminal that somebody else works with, nothing is changed (tcsetattr would
            # stop this process then, by SIGTTOU).
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                termios.tcsetattr(descriptor, termios.TCSANOW, before)
                if "prompt_toolkit" in sys.modules and os.isatty(1):
                    os.write(1, _AS_USUAL)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in _ENDS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, ended)
