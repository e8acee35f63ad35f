"""Planned work on a cluster that it was not written for is refused, as runbooks are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.verbs.planned.cluster import Cluster
from tests.verbs.planned.verb import Verb
from wizard.base.exits import Exit


def another_series(world: Cluster) -> None:
    for host in ("node1", "node2"):
        world.accident.change(host, "lineage", "release: 3.0.2", "release: 2.16.2")


def another_drbd(world: Cluster) -> None:
    world.accident.change("node1", "replicas", "version: 8.4", "version: 9.1")


@pytest.mark.parametrize(
    ("change", "reason"),
    [(another_series, "Ganeti 2.16 is none of the series"), (another_drbd, "node1 has DRBD 9.1")],
)
@pytest.mark.parametrize(
    ("work", "subject", "given"),
    [
        ("move", "inst1", {}),
        ("maintenance", "node2", {}),
        ("maintenance", "node2", {"back": True}),
    ],
)
def test_nothing_is_begun(
    verb: Verb,
    change: Callable[[Cluster], None],
    reason: str,
    work: str,
    subject: str,
    given: dict[str, bool],
) -> None:
    world = Cluster()
    change(world)
    world.refresh()
    error = verb.refused(world, work, subject, **given)
    assert error.code is Exit.BLOCKED
    assert reason in str(error)
