"""A former master that wakes in the middle of a takeover: it is barred, and nothing is moved."""

from __future__ import annotations

import pytest

from tests.steps.recover.accident import AFTER
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import World
from tests.verbs.recovery.verb import Verb
from wizard.base.exits import Exit


def alone() -> World:
    """node1 is the master that restarted alone."""
    accident = node_dead().drbd("node1", "").generations("node1", AFTER, "1:1:1:0:0:0:0")
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0", attached=False)
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    return World(accident)


@pytest.mark.parametrize(
    ("made", "runbook", "lost", "leads"),
    [
        (lambda: World(idle_dead()), "takeover", "node1", "master-failover"),
        (alone, "alone", "node2", "start ganeti-luxid"),
    ],
)
def test_a_node_that_wakes_once_the_other_one_leads_is_barred_at_once(
    verb: Verb, made: object, runbook: str, lost: str, leads: str
) -> None:
    world: World = made()  # type: ignore[operator]

    def wakes(host: str, line: str) -> None:
        if leads in line:
            # It answers from now on whoever asks for it.
            world._quiet = lambda guard: False  # type: ignore[method-assign]

    world.before = wakes
    dead = {"dead": f"{lost}.name.org", "fenced": "cables"}
    verb(world, "apply", runbook, **dead, confirm=["inst1.name.org"])
    told = [line for _, line in world.ran]
    began = next(number for number, line in enumerate(told) if leads in line)
    assert any("-O yes" in line and lost in line for line in told[began:])
    assert not any("gnt-instance" in line for line in told)


def test_a_node_that_wakes_before_is_not_taken_over_from(verb: Verb) -> None:
    world = World(idle_dead())

    def wakes(host: str, line: str) -> None:
        if "freeze" in line:
            world._quiet = lambda guard: False  # type: ignore[method-assign]

    world.before = wakes
    dead = {"dead": "node1.name.org", "fenced": "cables"}
    assert verb(world, "apply", "takeover", **dead) is not Exit.OK
    assert not any("gnt-" in line for _, line in world.ran)
