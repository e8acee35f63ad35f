"""The wizard's app after an accident, on simulated machines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from screens.app import WizardApp
from steps import recovery
from tests.hand import Hand
from tests.steps.recover.world import World
from wizard.daily import diagnosis
from wizard.model.accident import Recovery
from wizard.model.recovery import HERE
from wizard.run.session import Session
from wizard.state.store import Store

INSTANCE = "inst1.name.org"


@dataclass
class Recovered:
    """A state directory, and how the app is opened over it."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    recovery: Callable[[], Recovery] = recovery

    def session(self, world: World) -> Session:
        """A build's session as `ganeti-wizard recover` opens it: without the lock."""
        hosts: dict[str, Any] = dict(world.hosts)
        here = hosts.pop(HERE)
        self.monkeypatch.setattr(diagnosis, "LocalHost", lambda *_, **__: here)
        made = Session(Store(self.folder), (), lambda *_: dict(hosts), recovery=self.recovery)
        made.open(read_only=True)
        made.answers = world.accident.answers
        return made

    @asynccontextmanager
    async def __call__(self, world: World, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Hand]:
        """The app with its diagnosis."""
        made = self.session(world)
        app = WizardApp(made, after_accident=True)
        try:
            async with app.run_test(size=size) as pilot:
                hand = Hand(app, pilot)
                await hand.settle()
                yield hand
        finally:
            made.close()
