"""Two addresses of one machine are noticed before anything is planned on it twice."""

from __future__ import annotations

from tests.sim import SimHost
from wizard.base.errors import Unreachable
from wizard.hosts.access import same_machines


def _host(name: str, identity: str) -> SimHost:
    return SimHost(name, on_run=lambda host, argv, stdin: identity)


def test_one_machine_under_two_addresses_is_named() -> None:
    found = same_machines([_host("node1", "a3f1"), _host("node2", "a3f1"), _host("node3", "77c0")])
    assert list(found) == ["node2"]
    assert (
        "the same machine as node1" in str(found["node2"])
        and found["node2"].code == Unreachable.code
    )


def test_one_that_does_not_answer_is_left_to_the_look_at_it() -> None:
    away = SimHost("node2", down=Unreachable("no answer", where="node2"))
    assert same_machines([_host("node1", "a3f1"), away]) == {}


def test_machines_that_say_nothing_of_themselves_are_not_taken_for_one() -> None:
    assert same_machines([_host("node1", ""), _host("node2", "")]) == {}
