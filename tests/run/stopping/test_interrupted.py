"""Ctrl-C, and a job that Ganeti has forgotten."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.toy import LONG, TOY
from tests.sim import SimHost
from tests.waiting import pass_gate
from wizard.answers import Answers
from wizard.hosts.host import Result
from wizard.model.events import Event, Note
from wizard.model.facts import Facts
from wizard.model.flight import Flight
from wizard.model.step import Command
from wizard.remote import unit as units
from wizard.run.engine import Engine
from wizard.run.inflight import settle
from wizard.state.journal import Journal


def two_commands(answers: Answers, facts: Facts) -> list[Command]:
    return [Command("node1", ("first",), "the first"), Command("node1", ("second",), "the second")]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works, also where the tests were begun in the background by a shell (it has SIGINT
    ignored then).
    """
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_lets_the_running_command_end_and_no_further_one_begin(
    tmp_path: Path, awaited: threading.Event
) -> None:
    heard = threading.Event()

    def interrupted(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        pass_gate(awaited)
        os.kill(os.getpid(), signal.SIGINT)
        pass_gate(heard)

    def emit(event: Event) -> None:
        if isinstance(event, Note) and "Ctrl-C" in event.text:
            heard.set()

    step = dataclasses.replace(TOY, id="twice", plan=two_commands, hosts=lambda answers: ["node1"])
    host = SimHost("node1", {"flag": "down"}, interrupted)
    journal = Journal(tmp_path / "journal.jsonl")
    engine = Engine((step,), {"node1": host}, journal, tmp_path, emit=emit)
    with pytest.raises(KeyboardInterrupt):
        engine.apply(engine.review(step, Answers()))
    assert host.ran == [("first",)]
    assert [record["kind"] for record in engine.journal.records][-1] == "end"


def test_no_two_builds_share_a_units_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    monkeypatch.setattr(units, "start", lambda host, unit, argv: names.append(unit))
    monkeypatch.setattr(units, "follow", lambda host, unit, on_output, stop: 0)
    monkeypatch.setattr(units, "forget", lambda host, unit: None)
    for build in ("one", "other"):
        journal = Journal(tmp_path / build)
        engine = Engine((LONG,), {"node1": SimHost("node1", {"flag": "down"})}, journal, tmp_path)
        engine.apply(
            engine.review(dataclasses.replace(LONG, hosts=lambda answers: ["node1"]), Answers())
        )
    assert len(names) == len(set(names)) == 2


def test_a_job_that_ganeti_does_not_know_leaves_it_to_the_facts(tmp_path: Path) -> None:
    gone = Result(1, "", "Job with id 7 not found", 0.1)
    host, journal = (
        SimHost("node1", on_run=lambda host, argv, stdin: gone),
        Journal(tmp_path / "journal.jsonl"),
    )
    flight = Flight("instance", "node1", "k", "gnt-instance add", "job", job=7)
    assert not settle(flight, {"node1": host}, journal, lambda event: None)
    assert journal.records[-1]["ok"] is False and "the facts decide" in journal.records[-1]["found"]
