"""The judge of the drills is itself judged: what counts as running twice."""

from __future__ import annotations

from tests.drills.sampler import PERIOD, Sample, read, together


def samples(*rows: tuple[float, str, bool]) -> list[Sample]:
    """Samples of (moment, node, active)."""
    return [Sample(moment, node, active, False) for moment, node, active in rows]


def test_a_line_of_a_node() -> None:
    assert read("node1", "1795956292.79 -b---- /1\n", 5.0) == Sample(5.0, "node1", True, True)
    assert read("node1", "1795956292.79 --p--- /0\n", 5.0) == Sample(5.0, "node1", False, False)
    assert read("node2", "1795956292.79  /0\n", 5.0) == Sample(5.0, "node2", False, False)
    assert read("node2", "17959562", 5.0) is None
    assert read("node2", "1795956292.79 -b---- /", 5.0) is None


def test_twice_is_twice_at_one_time() -> None:
    twice = samples((0, "a", True), (1, "b", False), (2, "a", True), (3, "b", True), (4, "a", True))
    assert together(twice, "active") == [(3, 4)]
    handed_over = samples((0, "a", True), (1, "b", False), (2, "a", False), (3, "b", True))
    assert together(handed_over, "active") == []


def test_a_node_that_fell_silent_no_longer_counts() -> None:
    later = 5 * PERIOD
    dead = samples((0, "a", True), (later, "b", True))
    assert together(dead, "active") == []
    assert together(dead, "master") == []
