"""`apply` after the wizard was killed while the servers reboot: it waits for them first, since no
other step can be looked at meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.base.exits import Exit
from wizard.remote import reboot
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

REBOOT = replace(TOY, id="reboot", plan=lambda answers, facts: (), verify=lambda answers, facts: ())


class Booting(SimHost):
    """Silent until it was tried three times, then up with another boot id."""

    tries = 0

    def close(self) -> None:
        """The caller gives up a try."""
        self.tries += 1
        if self.tries == 3:
            self.down = None


def test_the_reboot_is_awaited_before_any_step_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reboot, "PAUSE", 0.0)
    silent = Unreachable("nobody is there", where="node2", mend="switch it on")
    node1 = SimHost("node1", {"flag": "up"})
    node2 = Booting("node2", {"flag": "up"}, lambda *_: "22222222\nrunning\n", down=silent)
    hosts = {"node1": node1, "node2": node2}
    session = Session(Store(tmp_path), (TOY, REBOOT), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.journal.add("verified", step="toy")
    flight = {"step": "reboot", "host": "node2", "key": "k"}
    line = "systemctl reboot"
    session.journal.add("start", **flight, line=line, kind_of="reboot", unit="u")
    session.journal.add("boot", **flight, boot="11111111")
    session.connect()
    assert headless.apply(session, [TOY, REBOOT], ()) is Exit.OK
    told = capsys.readouterr().out
    assert "-- reboot: a command from before is still at work, following it" in told
    assert "toy: done before, and still so" in told and "nobody is there" not in told
    assert "reboot" in session.progress and session.progress["reboot"].verified
    session.close()
