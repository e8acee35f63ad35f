"""Stopping while a command of an earlier run is followed: a unit is cut, a job goes on, and the
answer says which.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.run.toy import LONG
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.flight import Flight
from wizard.model.review import Review
from wizard.remote import unit as units
from wizard.run import inflight
from wizard.run.engine import Engine
from wizard.state.journal import Journal

UNIT = Flight("long", "node1", "k", "mdadm --create", "unit", unit="gw-1")
JOB = Flight("long", "node1", "k", "gnt-instance add", "job", job=7)


def stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flight: Flight
) -> tuple[list[str], list[str], bool]:
    """What stop() answers twice while `flight` is followed, the units that were stopped, whether it
    was left.
    """
    cut: list[str] = []
    said: list[str] = []
    left: list[bool] = []
    hosts = {name: SimHost(name, {"flag": "up"}) for name in ("node1", "node2")}
    engine = Engine((LONG,), hosts, Journal(tmp_path / "journal"), tmp_path)

    def follow(*args: object) -> None:
        said.extend((engine.stop(), engine.stop()))
        leave = args[-1]
        assert isinstance(leave, threading.Event)
        left.append(leave.is_set())

    monkeypatch.setattr(units, "stop", lambda host, unit: cut.append(unit))
    monkeypatch.setattr(inflight, "follow", follow)
    engine.attach(Review(LONG, Answers(), Facts({}), flights=(flight,)))
    return said, cut, left[0]


def test_a_followed_unit_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, cut, left = stopped(tmp_path, monkeypatch, UNIT)
    assert said[1] == "cutting the running commands" and cut == ["gw-1"] and not left


def test_a_followed_job_goes_on_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, cut, left = stopped(tmp_path, monkeypatch, JOB)
    assert "goes on by itself" in said[1] and not cut and left
