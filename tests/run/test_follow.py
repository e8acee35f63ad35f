"""Following a command of an earlier run: to its end, or until the operator no longer waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sim import SimHost
from wizard.base.errors import Unreachable
from wizard.hosts.host import Host, OnOutput, Result
from wizard.model.events import ignore
from wizard.model.flight import Flight
from wizard.model.step import Kind
from wizard.remote import kinds, reboot, rollback, stream
from wizard.remote.kind import Settled
from wizard.remote.stream import LeftRunning
from wizard.run import inflight
from wizard.state.journal import Journal

FOLLOWED = (Kind.UNIT, Kind.JOB, Kind.REBOOT, Kind.ROLLBACK)
ALL_TRACES = {"unit": "gw-1", "job": 7, "boot": "1111"}


def flight(kind: Kind) -> Flight:
    return Flight("toy", "node1", "k", "work", kind.value, **ALL_TRACES)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rollback, reboot, stream):
        monkeypatch.setattr(module, "PAUSE", 0.01)


@pytest.mark.parametrize("kind", FOLLOWED)
def test_left_while_it_still_runs_it_is_looked_up_no_further(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """As when `follow` returns just as the operator leaves, and the command runs on."""
    carrier = kinds.of(kind)
    leave = threading.Event()
    calls: list[str] = []

    def follow(flight: Flight, host: Host, tell: OnOutput, leave: threading.Event) -> int:
        calls.append("follow")
        assert len(calls) < 9, "followed without end"
        leave.set()
        return 0

    def settle(flight: Flight, host: Host) -> Settled | None:
        calls.append("settle")
        return None

    monkeypatch.setattr(carrier, "follow", follow)
    monkeypatch.setattr(carrier, "settle", settle)
    inflight.follow(flight(kind), {"node1": SimHost("node1")}, journal, ignore, leave)
    assert calls == ["follow", "settle"]
    assert not journal.records


RUNNING: dict[Kind, Callable[[tuple[str, ...]], Result]] = {
    Kind.UNIT: lambda argv: Result(0, "running", "", 0.0),
    Kind.JOB: lambda argv: Result(0, "running\n", "", 0.0),
    Kind.REBOOT: lambda argv: Result(0, "1111\n", "", 0.0),
    Kind.ROLLBACK: lambda argv: Result(0, "ended 1", "", 0.0),
}
"""What a host answers while such a command still works; of a change, that it is to be undone."""


@pytest.mark.parametrize("kind", FOLLOWED)
def test_leaving_ends_the_following_and_records_nothing(journal: Journal, kind: Kind) -> None:
    leave = threading.Event()
    asked: list[tuple[str, ...]] = []

    def answer(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Result:
        asked.append(argv)
        assert len(asked) < 99, "followed without end"
        if len(asked) == 3:
            leave.set()
        return RUNNING[kind](argv)

    hosts = {"node1": SimHost("node1", on_run=answer)}
    with pytest.raises(LeftRunning):
        inflight.follow(flight(kind), hosts, journal, ignore, leave)
    assert not journal.records


@pytest.mark.parametrize("kind", FOLLOWED)
def test_once_the_wizard_leaves_nothing_is_followed(journal: Journal, kind: Kind) -> None:
    leave = threading.Event()
    leave.set()
    host = SimHost("node1")
    inflight.follow(flight(kind), {"node1": host}, journal, ignore, leave)
    assert not host.ran and not journal.records


def test_a_change_is_followed_to_its_end_and_then_until_it_is_undone(journal: Journal) -> None:
    """Over the link that the change takes along, too."""
    script = iter(
        (
            ("look", Result(0, "running", "", 0.0)),
            ("follow", Result(0, "", "", 0.0)),
            ("look", Result(0, "ended 1", "", 0.0)),
            ("look", Result(0, "ended 1", "", 0.0)),
            ("pending", Result(0, "", "", 0.0)),
            ("look", Unreachable("no answer", where="node1")),
            ("pending", Unreachable("no answer", where="node1")),
            ("pending", Result(0, "", "", 0.0)),
            ("pending", Result(3, "", "", 0.0)),
            ("look", Result(0, "ended 1", "", 0.0)),
            ("pending", Result(3, "", "", 0.0)),
            ("clean", Result(0, "", "", 0.0)),
            ("forget", Result(0, "", "", 0.0)),
        )
    )

    def answer(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Result | Unreachable:
        name, result = next(script)
        assert argv[3] == name
        return result

    hosts = {"node1": SimHost("node1", on_run=answer)}
    inflight.follow(flight(Kind.ROLLBACK), hosts, journal, ignore, threading.Event())
    assert next(script, None) is None
    (record,) = journal.records
    assert record["found"] == "it was undone or cut short: the facts decide"
