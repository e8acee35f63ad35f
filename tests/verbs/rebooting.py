"""A build whose wizard was killed while node2 reboots, which takes a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.run.session import Session
from wizard.state.store import Store

REBOOT = replace(TOY, id="reboot", plan=lambda answers, facts: (), verify=lambda answers, facts: ())


class Booting(SimHost):
    """Silent until it was tried three times, then up with another boot id."""

    tries = 0

    def close(self) -> None:
        """The caller gives up a try."""
        self.tries += 1
        if self.tries == 3:
            self.down = None


@contextmanager
def left_rebooting(folder: Path) -> Iterator[Session]:
    """Resumed and connected: step toy was verified, step reboot is at work on node2."""
    silent = Unreachable("nobody is there", where="node2", mend="switch it on")
    node1 = SimHost("node1", {"flag": "up"})
    node2 = Booting("node2", {"flag": "up"}, lambda *_: "22222222\nrunning\n", down=silent)
    hosts = {"node1": node1, "node2": node2}
    session = Session(Store(folder), (TOY, REBOOT), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.journal.add("verified", step="toy")
    flight = {"step": "reboot", "host": "node2", "key": "k"}
    line = "systemctl reboot"
    session.journal.add("start", **flight, line=line, kind_of="reboot", unit="u")
    session.journal.add("boot", **flight, boot="11111111")
    session.connect()
    yield session
    session.close()
