"""Each kind of command is one object: its words, what it can look up, what it can cut."""

from __future__ import annotations

import pytest

from tests.sim import SimHost
from wizard.model.flight import Flight
from wizard.model.step import Kind
from wizard.remote import kinds
from wizard.remote.exec import Exec
from wizard.remote.job import Job

TRACES = {"unit": "gw-1", "job": 7, "boot": "1111"}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words(kind: Kind) -> None:
    words = kinds.of(kind).words
    assert words.running and words.leaving
    assert bool(words.about) is (kind is not Kind.EXEC)


@pytest.mark.parametrize("kind", Kind)
def test_a_flight_with_its_trace_is_looked_up_by_its_kind(kind: Kind) -> None:
    flight = Flight("toy", "node1", "k", "work", kind.value, **TRACES)  # type: ignore[arg-type]
    assert kinds.begun(flight) is kinds.finder(flight) is kinds.of(kind)


@pytest.mark.parametrize("kind", [Kind.UNIT, Kind.JOB, Kind.REBOOT, Kind.ROLLBACK])
def test_one_without_its_trace_is_left_to_the_facts(kind: Kind) -> None:
    flight = Flight("toy", "node1", "k", "work", kind.value)
    assert kinds.begun(flight) is kinds.of(kind)
    settled = kinds.finder(flight).settle(flight, SimHost("node1"))
    assert settled is not None and not settled.ok
    assert settled.found == "unknown: the facts decide"


def test_a_kind_of_another_version_promises_nothing() -> None:
    flight = Flight("toy", "node1", "k", "work", "teleport", unit="gw-1", job=7)
    assert isinstance(kinds.begun(flight), Exec) and isinstance(kinds.finder(flight), Exec)


def test_what_goes_on_in_any_case_is_not_cut() -> None:
    flight = Flight("instance", "node1", "k", "gnt-instance add", "job", job=7)
    host = SimHost("node1")
    assert not Job().cut(flight, host, lambda text: None) and not host.ran
