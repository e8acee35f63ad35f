"""The operator's terminal stays usable, whatever ends the program."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType

_ENDS = (signal.SIGTERM, signal.SIGHUP)
_AS_USUAL = b"\x1b[?2004l\x1b[?25h\x1b[0m"
"""Pastes come without marks, the cursor shows, no colours: what line mode's prompts had changed."""
_AGAIN = 0.2
"""Seconds that a signal has to end the program before the main thread is called once more."""
Handler = Callable[[int, FrameType | None], None]


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
    if any(signal.getsignal(number) is ended for number in _ENDS):
        _call_again(ended)


def _call_again(handler: Handler) -> None:
    """Call the main thread again for signals that `handler` did not get to.

    Python runs a handler between two steps of the main thread only. A signal that comes just before
    this thread waits for a key, or that another thread of the program receives, would be heard
    after the next key (signal(7) of the C library interrupts the one thread that received it).
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    main = threading.main_thread().ident
    assert main is not None

    def listen() -> None:
        while True:
            for number in os.read(heard, 100):
                time.sleep(_AGAIN)
                # A front end that took the signal over does with it what it must.
                if signal.getsignal(number) is handler:
                    signal.pthread_kill(main, number)

    threading.Thread(target=listen, name="signals", daemon=True).start()
