"""Two servers in a room, and who works on them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

from tests.run.toy import TOY
from tests.sim import Answer, SimHost
from wizard.base.errors import ConnectionLost, Unreachable
from wizard.hosts.host import Result
from wizard.hosts.local import LocalHost
from wizard.model.events import Event, Note
from wizard.model.step import Step
from wizard.run.outcome import End
from wizard.run.session import Session
from wizard.state.store import Store

NAMES = ("node1", "node2")


class Room:
    """Two servers in a room, whose locks are real ones, in folders of the test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flags = dict.fromkeys(NAMES, "down")
        self.ran: list[str] = []
        self.down: dict[str, Unreachable] = {}
        self.before: Callable[[str], Answer | None] = lambda name: None
        self.sessions: list[Session] = []
        self.lost = False
        """Whether scripts of the lock come to no end."""
        programs = folder / "bin"
        programs.mkdir()
        (programs / "systemctl").write_text("#!/bin/sh\nexit 0\n")
        (programs / "systemctl").chmod(0o755)
        self.here = LocalHost("here", path=f"{programs}:/usr/bin:/bin", need_root=False)

    def session(self, name: str, step: Step = TOY) -> Session:
        """Somebody with a state directory of that name, who logged in to both servers."""
        hosts = {host: self._host(host) for host in NAMES}
        events: list[Event] = []
        made = Session(Store(self.folder / name), (step,), lambda *_: dict(hosts))
        made.open()
        made.emit = events.append
        made.connect()
        made.events = events  # type: ignore[attr-defined]
        self.sessions.append(made)
        return made

    def _host(self, name: str) -> SimHost:
        def lock(argv: tuple[str, ...]) -> Result:
            if self.lost:
                raise ConnectionLost("no end after 45 s", where=name)
            given = list(argv)
            given[4] = str(self.folder / f"lock-{name}")
            given[-1] = str(self.folder) if len(given) > 6 else given[-1]
            return self.here.run(given)

        return SimHost(
            name,
            {"flag": self.flags[name]},
            self._run,
            down=self.down.get(name),
            lock=lock,
        )

    def _run(self, host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Answer | None:
        said = self.before(host.name)
        if said is not None:
            return said
        self.ran.append(f"{host.name}: {shlex.join(argv)}")
        host.texts["flag"] = argv[-1]
        return None

    def holder(self, name: str) -> str:
        """The state directory that stands in a server's lock; "" for none."""
        path = self.folder / f"lock-{name}" / "owner"
        if not path.exists():
            return ""
        return Path(json.loads(path.read_text().splitlines()[1])["folder"]).name

    @property
    def holders(self) -> list[str]:
        return [self.holder(name) for name in NAMES]

    def reboot(self, name: str) -> None:
        for path in (self.folder / f"lock-{name}").iterdir():
            path.unlink()

    def silence(self, name: str) -> None:
        (self.folder / f"lock-{name}" / "beat").write_text("0 0\n")


def run(session: Session) -> End:
    step = session.steps[0]
    return session.run(session.review(step)).end


def killed(session: Session) -> None:
    """The process is gone: nothing is given back, and its directory is free."""
    assert session.hold is not None
    session.hold._over.set()
    session.store.close()


def notes(session: Session) -> list[str]:
    events: list[Event] = session.events  # type: ignore[attr-defined]
    return [f"{event.host}: {event.text}" for event in events if isinstance(event, Note)]
