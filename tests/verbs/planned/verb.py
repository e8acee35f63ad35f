"""`move` and `maintenance` as they are typed, on simulated machines."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from steps import planned_work, recovery
from tests.steps.recover.world import World
from tests.verbs.planned.cluster import NOW
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.secrets import Secret
from wizard.daily import accident as folders
from wizard.daily import diagnosis, outage
from wizard.daily.outage import Answer
from wizard.daily.planned import Errands
from wizard.daily.recovering import Recovering
from wizard.model.recovery import HERE
from wizard.model.verdicts import Checkup
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs.planned import entry
from wizard.verbs.planned import run as planned_run
from wizard.verbs.recovery import entry as recover
from wizard.verbs.recovery import run as recover_run


class Verb:
    """Both verbs on a world; what the last call printed is in `text`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        self.text = ""
        self.secret = True
        self.checkup: Checkup | None = None
        self.seconds = count(NOW)
        self.waits: Callable[[], object] = lambda: None
        """Called each time that the verb waits."""
        monkeypatch.setattr(outage, "from_here", lambda ip: Answer(float(NOW), there=True))
        given = {"pause": lambda seconds: self.waits(), "clock": self.clock}
        monkeypatch.setattr(planned_run, "Errands", partial(Errands, **given))
        monkeypatch.setattr(recover_run, "Recovering", partial(Recovering, **given))

    def clock(self) -> float:
        """Every look at the clock is a second later: each errand has a folder of its own."""
        return float(next(self.seconds))

    def __call__(self, world: World, verb: str, subject: str, **given: Any) -> Exit:
        args = {"to": None, "plan": False, "failover": False, "no_wait": False, "back": False}
        work = partial(entry.run, planned=planned_work())
        return self._typed(world, work, {"verb": verb, "subject": subject, **args, **given})

    def recover(self, world: World, what: str, **given: Any) -> Exit:
        """`recover` in the same state directory."""
        work = partial(recover.run, recovery=recovery())
        return self._typed(world, work, {"what": what, "accident": None, **given})

    def _typed(self, world: World, work: Callable[..., Exit], given: dict[str, Any]) -> Exit:
        hosts: dict[str, Any] = dict(world.hosts)
        # On a server itself there is no further place to look from.
        here = hosts.pop(HERE)
        self.monkeypatch.setattr(diagnosis, "LocalHost", lambda *_, **__: here)

        @contextmanager
        def opened(*, read_only: bool = False) -> Iterator[Session]:
            session = Session(Store(self.folder), (), lambda *_: dict(hosts))
            session.open(read_only=read_only)
            session.checkup = self.checkup
            session.answers = world.accident.answers
            if self.secret:
                session.secrets.lend("vault-inst1", lambda: Secret("secret"))
            try:
                yield session
            finally:
                session.close()

        shared = {"secret": (), "accept_host_key": [], "confirm": [], "choose": []}
        try:
            return work(Namespace(**shared, **given), opened)
        finally:
            self.text = self.capsys.readouterr().out

    def refused(self, world: World, verb: str, subject: str, **given: Any) -> WizardError:
        """The error that it ends with; nothing was run and nothing was written then."""
        before = list(world.ran)
        known = len(self.accidents)
        with pytest.raises(WizardError) as caught:
            self(world, verb, subject, **given)
        assert world.ran == before
        assert len(self.accidents) == known
        return caught.value

    @property
    def accidents(self) -> list[folders.Accident]:
        """The folders of all work, the oldest first."""
        return list(folders.accidents(Store(self.folder)))

    @property
    def report(self) -> str:
        """The last report."""
        return (self.accidents[-1].store.folder / "report.md").read_text()

    @property
    def left(self) -> bool:
        """Whether the state directory holds anything of any work."""
        return (self.folder / folders.FOLDER).exists()
