"""Asking twice to stop: what can be cut is cut, and nothing else is waited for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.run.toy import LONG
from tests.sim import SimHost
from tests.waiting import LAST_RESORT
from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.hosts.host import Host, OnOutput
from wizard.model.events import Event, Unknown
from wizard.model.flight import Flight
from wizard.remote import unit as units
from wizard.remote.stream import LeftRunning
from wizard.run.active import Active
from wizard.run.engine import Engine
from wizard.run.outcome import End
from wizard.state.journal import Journal


def test_a_unit_that_cannot_be_stopped_is_waited_for_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    hosts = {name: SimHost(name, {"flag": "down"}) for name in ("node1", "node2")}
    engine = Engine((LONG,), hosts, Journal(tmp_path / "journal"), tmp_path, emit=events.append)
    both = threading.Barrier(2)
    said: list[str] = []

    def follow(host: Host, unit: str, sink: OnOutput, leave: threading.Event) -> int:
        both.wait(LAST_RESORT)
        if host.name == "node1":
            said.extend((engine.stop(), engine.stop()))
        assert leave.wait(LAST_RESORT)
        raise LeftRunning("no longer followed", where=host.name)

    def refuse(host: Host, unit: str) -> units.UnitState:
        raise WizardError("no answer", where=host.name)

    monkeypatch.setattr(units, "start", lambda *_: None)
    monkeypatch.setattr(units, "follow", follow)
    monkeypatch.setattr(units, "stop", refuse)
    monkeypatch.setattr(units, "look", lambda *_: units.UnitState("running"))
    outcome = engine.apply(engine.review(LONG, Answers()))
    assert outcome.end is End.FAILED and isinstance(outcome.lost, LeftRunning)
    assert "goes on by itself" in said[1]
    assert sum(isinstance(event, Unknown) for event in events) == 2
    assert len(outcome.review.flights) == 2


def test_what_begins_while_the_wizard_leaves_is_not_waited_for() -> None:
    active = Active(lambda event: None)
    flight = Flight("toy", "node1", "k", "work", "job", job=7)
    with active.entered(flight, SimHost("node1")) as leave:
        assert not leave.is_set()
        active.leave()
        assert leave.is_set()
    with active.entered(flight, SimHost("node1")) as leave:
        assert leave.is_set()
