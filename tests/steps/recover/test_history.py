"""When a copy was Primary, by what the kernel and the boots left."""

from __future__ import annotations

import pytest

from steps.recover.facts.history import Change, History, parse
from steps.recover.moments import moment


def role(time: int, after: str, minor: int = 0) -> Change:
    before = "Secondary" if after == "Primary" else "Primary"
    return Change(time, minor, before, after)


@pytest.mark.parametrize(
    ("ended", "roles", "spans"),
    [
        ((), [], []),
        ((), [role(10, "Primary"), role(20, "Secondary")], [(10, 20)]),
        ((), [role(10, "Primary")], [(10, 0)]),
        # The journal begins later than the span did.
        ((), [role(20, "Secondary"), role(30, "Primary")], [(30, 0)]),
        # A crash says nothing: the end of its boot ends it.
        ((15, 5), [role(10, "Primary"), role(20, "Primary")], [(10, 15), (20, 0)]),
        ((30,), [role(10, "Primary")], [(10, 30)]),
        ((), [role(10, "Primary", minor=1)], []),
    ],
)
def test_spans(ended: tuple[int, ...], roles: list[Change], spans: list[tuple[int, int]]) -> None:
    assert History(ended, (), tuple(roles)).ran(0) == spans


def test_a_time_that_no_clock_shows_stays_a_number() -> None:
    assert moment(1795363730) == "2026-11-22 16:08:50 UTC"
    assert moment(10**20) == str(10**20)


def test_lines_that_come_newest_first_are_turned_round() -> None:
    lines = [
        "300.5 node2 kernel: drbd resource0: conn( Connected -> NetworkFailure )",
        "200.5 node2 kernel: block drbd0: conn( WFReportParams -> Connected )",
        "100.5 node2 kernel: drbd resource0: conn( Connected -> TearDown )",
    ]
    for text in ("\n".join(lines), "\n".join(reversed(lines))):
        assert parse(f"== drbd\n{text}\n").parted(0) == 300
