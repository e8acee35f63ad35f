"""When the thread that gave a command to do is ready to hear Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from wizard.run import runner


@pytest.fixture
def awaited(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set as soon as the runner waits for the end of a command."""
    waits = threading.Event()
    await_all = runner.await_all

    def noted(futures: Sequence[Future[bool]]) -> None:
        waits.set()
        await_all(futures)

    monkeypatch.setattr(runner, "await_all", noted)
    return waits
