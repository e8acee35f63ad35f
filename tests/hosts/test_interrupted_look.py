"""Ctrl-C ends a look at once, whatever the hosts that are silent wait for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from wizard.answers import Answers
from wizard.hosts import access
from wizard.hosts.host import Result
from wizard.run.gather import gather

AGAIN_S = 1.0
"""Seconds until Ctrl-C is pressed, and pressed again."""


class Silent:
    """A host that says nothing; while it is asked, somebody presses Ctrl-C."""

    name = "node1"

    def __init__(self) -> None:
        self.over = threading.Event()

    def run(self, argv: Sequence[str], **more: Any) -> Result:
        """Never comes back by itself.

        The signal is a real one: what only marks it as arrived wakes nobody who already waits. One
        that comes right before the wait is lost as well, so it is sent again.
        """
        operator = threading.main_thread().ident
        assert operator is not None
        while not self.over.wait(AGAIN_S):
            signal.pthread_kill(operator, signal.SIGINT)
        return Result(0, "", "", 0.0)


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Also where a shell began the tests in the background (it has SIGINT ignored there)."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def test_a_look_does_not_wait_for_a_silent_host() -> None:
    host = Silent()
    with pytest.raises(KeyboardInterrupt):
        gather([(host, ())], Answers())  # type: ignore[list-item]
    assert not host.over.is_set()
    host.over.set()


def test_nor_does_the_question_which_machine_it_is() -> None:
    host = Silent()
    with pytest.raises(KeyboardInterrupt):
        access.same_machines([host])  # type: ignore[list-item]
    assert not host.over.is_set()
    host.over.set()
