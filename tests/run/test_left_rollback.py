"""A network change whose wizard was killed: it is kept over a new connection, or undone, before
anything else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sim import SimHost
from wizard.hosts.host import Result
from wizard.model.flight import Flight
from wizard.remote import rollback
from wizard.run import inflight
from wizard.state.journal import Journal

FLIGHT = Flight("bridge", "node1", "k", "ifup xenbr0", "rollback", unit="gw-bridge-k-0")


class Bridge:
    """A node after its change: the exit code, and how often its timer is still seen before it has
    fired.
    """

    def __init__(self, rc: str, timer: int) -> None:
        self.rc, self.timer, self.done = rc, timer, list[str]()

    def __call__(self, host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Result:
        name = argv[3]
        self.done.append(name)
        if name == "look":
            return Result(0, self.rc, "", 0.0)
        if name == "disarm":
            return Result(0, "kept" if self.timer else "undone", "", 0.0)
        if name == "pending":
            self.timer -= 1
            return Result(0 if self.timer >= 0 else 3, "", "", 0.0)
        return Result(0, "", "", 0.0)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rollback, "PAUSE", 0.01)
    yield


def ended(journal: Journal) -> tuple[bool, str]:
    return journal.records[-1]["ok"], journal.records[-1]["found"]


def test_reached_anew_in_time_it_is_kept(journal: Journal) -> None:
    bridge = Bridge("ended 0", timer=1)
    host = SimHost("node1", on_run=bridge)
    assert not inflight.settle(FLIGHT, {"node1": host}, journal, lambda event: None)
    assert ended(journal) == (True, "the host was reached over it, so it is kept")
    assert bridge.done == ["look", "disarm", "clean", "forget"]


@pytest.mark.parametrize(("rc", "is_self"), [("ended 1", False), ("ended 0", True)])
def test_a_failed_change_or_one_of_this_very_host_is_waited_for_until_it_is_undone(
    journal: Journal, rc: str, is_self: bool
) -> None:
    bridge = Bridge(rc, timer=3)
    hosts = {"node1": SimHost("node1", on_run=bridge, is_self=is_self)}
    assert inflight.settle(FLIGHT, hosts, journal, lambda event: None)
    assert not journal.records
    rollback.await_undone(hosts["node1"], FLIGHT.unit, lambda text: None, threading.Event())
    assert not inflight.settle(FLIGHT, hosts, journal, lambda event: None)
    assert ended(journal)[0] is False and "disarm" not in bridge.done


def test_too_late_or_rebooted_the_facts_decide(journal: Journal) -> None:
    for rc in ("ended 0", "vanished"):
        hosts = {"node1": SimHost("node1", on_run=Bridge(rc, timer=0))}
        assert not inflight.settle(FLIGHT, hosts, journal, lambda event: None)
        assert ended(journal) == (False, "it was undone or cut short: the facts decide")
