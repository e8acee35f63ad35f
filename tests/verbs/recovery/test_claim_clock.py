"""A claim counts for half an hour, whatever the servers' clocks say."""

from __future__ import annotations

import pytest

from tests.cases import answers_of
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import node_dead
from tests.steps.recover.world import INSTANCE, World
from tests.verbs.recovery.verb import Verb
from wizard.base.exits import Exit
from wizard.model.recovery import HERE

DEAD = {"dead": "node2.name.org", "fenced": "cables"}


def by_management(accident: Accident) -> Accident:
    """The program reaches the servers by other addresses, and hears nothing of their network."""
    nodes = []
    for number in (1, 2):
        ssh = {"host": f"10.0.0.{number}"}
        nodes.append({"name": f"node{number}.name.org", "ip": f"192.168.0.11{number}", "ssh": ssh})
    backup = {"host": {"name": "backup.name.org", "ip": "192.168.0.150"}}
    accident.answers = answers_of({"nodes": nodes, "backup": backup})
    del accident.raw[HERE]
    return accident


@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_a_server_whose_clock_is_off_voids_no_claim(verb: Verb, ahead: int) -> None:
    accident = by_management(node_dead())
    accident.raw["node1"]["pulse"] = accident.pulse(now=NOW + ahead)
    world = World(accident)
    assert verb(world, "apply", "node-dead", **DEAD, confirm=[INSTANCE]) is Exit.OK, verb.text
    assert any("-O yes" in line for line in world.lines())
