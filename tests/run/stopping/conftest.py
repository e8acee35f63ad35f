"""When the thread that gave a command to do is ready to hear Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest

from wizard.run.runner import Runner


@pytest.fixture
def awaited(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set as soon as the runner waits for the end of a command.

    An interrupt before that meets a thread pool that is only starting its threads.
    """
    begun = threading.Event()
    waits = threading.Event()
    ends = Runner._ends
    result = Future.result

    def noted(runner: Runner, futures: Sequence[Future[bool]]) -> list[bool]:
        begun.set()
        return ends(runner, futures)

    def waited_for(future: Future[Any], timeout: float | None = None) -> Any:
        if begun.is_set():
            waits.set()
        return result(future, timeout)

    monkeypatch.setattr(Runner, "_ends", noted)
    monkeypatch.setattr(Future, "result", waited_for)
    return waits
