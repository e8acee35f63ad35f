"""Ctrl-C ends a look at once, whatever the hosts that are silent wait for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from tests.waiting import pass_gate
from wizard.answers import Answers
from wizard.hosts import access
from wizard.hosts.host import Result
from wizard.run.gather import gather

AGAIN_S = 0.2
"""Seconds after which Ctrl-C is pressed again."""


class Silent:
    """A host that says nothing; while it is asked, somebody presses Ctrl-C."""

    name = "node1"

    def __init__(self) -> None:
        self.pressed = threading.Event()
        self.over = threading.Event()
        self.gone = threading.Event()

    def press(self, number: int, frame: FrameType | None) -> None:
        """What Ctrl-C does, however often it was pressed: it interrupts once."""
        if not self.pressed.is_set():
            self.pressed.set()
            raise KeyboardInterrupt

    def run(self, argv: Sequence[str], **more: Any) -> Result:
        """Never comes back by itself.

        The signal is a real one: what only marks it as arrived wakes nobody who already waits. One
        that comes right before the wait is lost as well, so it is sent again.
        """
        operator = threading.main_thread().ident
        assert operator is not None
        try:
            while not self.pressed.wait(AGAIN_S) and not self.over.is_set():
                signal.pthread_kill(operator, signal.SIGINT)
            pass_gate(self.over)
        finally:
            self.gone.set()
        return Result(0, "", "", 0.0)


@contextmanager
def silent() -> Iterator[Silent]:
    """A host for the time of a block, at whose end nobody presses a key any more."""
    host = Silent()
    former = signal.signal(signal.SIGINT, host.press)
    try:
        yield host
    finally:
        host.over.set()
        pass_gate(host.gone)
        signal.signal(signal.SIGINT, former)


def test_a_look_does_not_wait_for_a_silent_host() -> None:
    with silent() as host:
        with pytest.raises(KeyboardInterrupt):
            gather([(host, ())], Answers())  # type: ignore[list-item]
        assert not host.over.is_set()


def test_nor_does_the_question_which_machine_it_is() -> None:
    with silent() as host:
        with pytest.raises(KeyboardInterrupt):
            access.same_machines([host])  # type: ignore[list-item]
        assert not host.over.is_set()
