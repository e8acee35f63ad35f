"""A terminal is as it was after a signal that ends the program while a secret is typed."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import sys
import termios

import pytest

from tests.waiting import child_ends

CODE = """
import getpass, os, signal, sys
{before}
from wizard.base.terminal import guard
guard()
{loaded}
getpass.getpass("Passphrase: ")
"""


BY_ANOTHER_THREAD = """
import os, signal, termios, threading, time
def receive():
    while termios.tcgetattr(0)[3] & termios.ECHO:
        time.sleep(0.01)
    time.sleep(0.1)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
threading.Thread(target=receive, daemon=True).start()
"""


def _killed(number: int, *, before: str = "", loaded: str = "") -> tuple[int, int, bytes]:
    """The program's end, its terminal's flags afterwards, and what it printed; 0 sends nothing."""
    pid, terminal = pty.fork()
    if pid == 0:
        code = CODE.format(before=before, loaded=loaded)
        os.execv(sys.executable, [sys.executable, "-c", code])
    said = b""
    while b"Passphrase: " not in said:
        said += os.read(terminal, 1000)
    assert not termios.tcgetattr(terminal)[3] & termios.ECHO
    if number:
        os.kill(pid, number)
    child_ends(pid)
    flags = termios.tcgetattr(terminal)[3]
    _, status = os.waitpid(pid, 0)
    os.set_blocking(terminal, False)
    with contextlib.suppress(OSError):
        said += os.read(terminal, 1000)
    os.close(terminal)
    return status, flags, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_shows_again_what_is_typed(number: int) -> None:
    status, flags, said = _killed(number)
    assert os.WTERMSIG(status) == number and flags & termios.ECHO
    assert b"\x1b" not in said


def test_a_signal_that_another_thread_received_ends_the_prompt_as_well() -> None:
    status, flags, _ = _killed(0, loaded=BY_ANOTHER_THREAD)
    assert os.WTERMSIG(status) == signal.SIGTERM and flags & termios.ECHO


def test_what_prompts_had_switched_on_is_off() -> None:
    _, _, said = _killed(signal.SIGTERM, loaded="sys.modules['prompt_toolkit'] = sys")
    assert b"\x1b[?2004l" in said


def test_a_signal_that_is_ignored_stays_so() -> None:
    ignored = "signal.signal(signal.SIGHUP, signal.SIG_IGN); os.kill(os.getpid(), signal.SIGHUP)"
    status, _, _ = _killed(signal.SIGTERM, before=ignored, loaded="os.kill(os.getpid(), 1)")
    assert os.WTERMSIG(status) == signal.SIGTERM
