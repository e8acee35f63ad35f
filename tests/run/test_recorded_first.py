"""The end of a command is in the journal before its files are removed: a wizard that is killed
between the two leaves files behind, and no riddle.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import LONG
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.hosts.host import Host
from wizard.model.events import ignore
from wizard.remote import unit as units
from wizard.run import inflight
from wizard.run.engine import Engine
from wizard.state.journal import Journal

STEP = replace(LONG, hosts=lambda answers: ["node1"])


class Killed(BaseException):
    """In place of SIGKILL."""


@pytest.fixture(autouse=True)
def killed_before_the_files_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(host: Host, unit: str) -> None:
        raise Killed

    monkeypatch.setattr(units, "start", lambda *_: None)
    monkeypatch.setattr(units, "follow", lambda *_: 0)
    monkeypatch.setattr(units, "look", lambda *_: units.UnitState("ended", 0))
    monkeypatch.setattr(units, "forget", forget)


def test_of_a_command_that_ran(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    hosts = {"node1": SimHost("node1", {"flag": "down"})}
    engine = Engine((STEP,), hosts, Journal(path), tmp_path)
    with pytest.raises(Killed):
        engine.apply(engine.review(STEP, Answers()))
    again = Journal(path)
    assert again.records[-1]["kind"] == "end" and again.records[-1]["ok"]
    assert not again.progress()["long"].flights


@pytest.mark.parametrize("kind", ["unit", "rollback"])
def test_of_one_that_was_found_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    start = {"step": "long", "host": "node1", "key": "k", "line": "work", "unit": "gw-1"}
    journal.add("start", kind_of=kind, **start)
    host = SimHost("node1", on_run=lambda *_: "kept")
    (flight,) = journal.progress()["long"].flights.values()
    with pytest.raises(Killed):
        inflight.settle(flight, {"node1": host}, journal, ignore)
    again = Journal(path)
    assert again.records[-1]["kind"] == "looked" and again.records[-1]["ok"]
    assert not again.progress()["long"].flights
