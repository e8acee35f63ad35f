"""`recover` as it is typed, on simulated machines."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from steps import recovery
from tests.steps.recover.accident import NOW
from tests.steps.recover.world import World
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.secrets import Secret
from wizard.daily import accident as folders
from wizard.daily import diagnosis
from wizard.daily.recovering import Recovering
from wizard.model.recovery import HERE
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs.recovery import entry as recover
from wizard.verbs.recovery import run as recover_run


class Verb:
    """`recover` on a world; what it prints is in `text`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        self.text = ""
        self.secret = True
        self.recovery = recovery()
        self.slept: list[float] = []
        self.pause(self.slept.append)

    def pause(self, pause: Callable[[float], None]) -> None:
        """Let the verb wait so; its clock is that of the recorded facts."""
        self.tell_time(lambda: float(NOW), pause)

    def tell_time(self, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        """Let the verb have this clock, and wait so."""
        made = partial(Recovering, pause=pause, clock=clock)
        self.monkeypatch.setattr(recover_run, "Recovering", made)

    def __call__(self, world: World, what: str, runbook: str = "", **given: Any) -> Exit:
        hosts: dict[str, Any] = dict(world.hosts)
        here = hosts.pop(HERE)
        self.monkeypatch.setattr(diagnosis, "LocalHost", lambda *_, **__: here)

        @contextmanager
        def opened(*, read_only: bool = False) -> Iterator[Session]:
            session = Session(Store(self.folder), (), lambda *_: dict(hosts))
            session.open(read_only=read_only)
            session.answers = world.accident.answers
            if self.secret:
                session.secrets.lend("vault-inst1", lambda: Secret("secret"))
            try:
                yield session
            finally:
                session.close()

        args = Namespace(
            **{
                "what": what,
                "runbook": runbook,
                "dead": None,
                "fenced": None,
                "confirm": [],
                "choose": [],
                "secret": (),
                "accept_host_key": [],
                "accident": None,
                **given,
            }
        )
        try:
            return recover.run(args, opened, self.recovery)
        finally:
            self.text = self.capsys.readouterr().out

    def refused(self, world: World, what: str, runbook: str, **given: Any) -> WizardError:
        """The error that it ends with; nothing was run then."""
        before = list(world.ran)
        with pytest.raises(WizardError) as caught:
            self(world, what, runbook, **given)
        assert world.ran == before
        return caught.value

    @property
    def accidents(self) -> list[folders.Accident]:
        return list(folders.accidents(Store(self.folder)))

    @property
    def left(self) -> bool:
        """Whether the state directory holds anything of any accident."""
        return (self.folder / folders.FOLDER).exists()
