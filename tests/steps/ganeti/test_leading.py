"""The rules by which one node's word counts, and why nobody's does."""

from __future__ import annotations

import pytest

from steps.ganeti.leading import View, believed, contradiction

A, B = "node1.name.org", "node2.name.org"


@pytest.mark.parametrize(
    ("views", "counts"),
    [
        ([View(A, A, leads=True, serial=5), View(B, B, leads=False, noted=True, serial=9)], A),
        ([View(A, A, leads=False, serial=9), View(B, B, leads=False, noted=True, serial=5)], B),
        ([View(A, A, leads=False, serial=5), View(B, A, leads=False, serial=6)], B),
        ([View(A, A, leads=False, serial=5, mtime=2), View(B, B, leads=False, serial=5)], A),
        ([View(A, "", leads=True, serial=9), View(B, A, leads=False, serial=5)], B),
        ([View(A, "", leads=False, serial=9)], A),
    ],
)
def test_who_acts_then_a_takeover_then_the_newer_copy(views: list[View], counts: str) -> None:
    word = believed(views)
    assert word is not None
    assert word.node == counts


def test_nobody_says_nothing() -> None:
    assert believed([]) is None
    assert contradiction([]) == ""


@pytest.mark.parametrize(
    ("views", "reason"),
    [
        ([View(A, A, leads=True, address=True), View(B, A, leads=False)], ""),
        ([View(A, A, leads=True), View(B, B, leads=True)], "both run"),
        ([View(A, B, leads=True)], "node1 runs the master's daemons and names node2.name.org"),
        ([View(A, A, leads=False), View(B, B, leads=False)], "neither leads"),
        ([View(A, A, leads=True), View(B, B, leads=False)], ""),
        ([View(A, A, leads=True), View(B, A, leads=False, address=True)], "address is on node2"),
    ],
)
def test_what_contradicts_itself(views: list[View], reason: str) -> None:
    said = contradiction(views)
    assert reason in said
    assert bool(said) == bool(reason)
