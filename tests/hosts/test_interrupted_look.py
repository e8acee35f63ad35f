"""Ctrl-C ends a look at once, whatever the hosts that are silent wait for."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from wizard.answers import Answers
from wizard.hosts import access
from wizard.hosts.host import Result
from wizard.run.gather import gather


class Silent:
    """A host that says nothing; while it is asked, somebody presses Ctrl-C."""

    name = "node1"

    def __init__(self) -> None:
        self.over = threading.Event()

    def run(self, argv: Sequence[str], **more: Any) -> Result:
        """Never comes back by itself."""
        _thread.interrupt_main()
        self.over.wait()
        return Result(0, "", "", 0.0)


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
