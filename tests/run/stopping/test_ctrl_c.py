"""Ctrl-C a second and a third time: what runs is cut, and then waited for no longer."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import LONG
from tests.sim import SimHost
from tests.waiting import LAST_RESORT, pass_gate
from wizard.answers import Answers
from wizard.hosts.host import Host, OnOutput
from wizard.model.events import Event, Note
from wizard.remote import unit as units
from wizard.remote.stream import LeftRunning
from wizard.run.active import Active
from wizard.run.engine import Engine
from wizard.state.journal import Journal

STEP = replace(LONG, hosts=lambda answers: ["node1"])


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C works, also where the tests were begun in the background by a shell."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


class Twice:
    """A unit during which Ctrl-C is pressed twice, the second time once the first was heard."""

    def __init__(self, folder: Path, awaited: threading.Event) -> None:
        self.awaited = awaited
        self.heard = threading.Event()
        self.cut = threading.Event()
        self.left = False
        hosts = {"node1": SimHost("node1", {"flag": "down"})}
        self.engine = Engine((STEP,), hosts, Journal(folder / "journal"), folder, emit=self.emit)

    def emit(self, event: Event) -> None:
        if isinstance(event, Note) and "Ctrl-C" in event.text:
            self.heard.set()

    def follow(self, host: Host, unit: str, sink: OnOutput, leave: threading.Event) -> int:
        pass_gate(self.awaited)
        os.kill(os.getpid(), signal.SIGINT)
        pass_gate(self.heard)
        os.kill(os.getpid(), signal.SIGINT)
        pass_gate(self.cut)
        self.left = leave.wait(LAST_RESORT)
        raise LeftRunning("no longer followed", where=host.name)

    def run(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            self.engine.apply(self.engine.review(STEP, Answers()))


@pytest.fixture
def twice(tmp_path: Path, awaited: threading.Event, monkeypatch: pytest.MonkeyPatch) -> Twice:
    made = Twice(tmp_path, awaited)
    monkeypatch.setattr(units, "start", lambda *_: None)
    monkeypatch.setattr(units, "follow", made.follow)
    return made


def test_a_second_one_stops_the_unit_and_leaves(
    twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []

    def stop(host: Host, unit: str) -> None:
        stopped.append(host.name)
        twice.cut.set()

    monkeypatch.setattr(units, "stop", stop)
    twice.run()
    assert stopped == ["node1"] and twice.left


def test_a_third_one_while_it_is_stopped_leaves_as_well(
    twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(active: Active) -> bool:
        twice.cut.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(Active, "cut", cut)
    twice.run()
    assert twice.left
