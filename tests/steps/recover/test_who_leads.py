"""The scene of an accident and the steps of the build name the same master, where one can be told.

They judge by the same rules (`steps/ganeti/leading.py`), and by different looks: the scene by what
a node says from memory alone, since its disk may hang, and by notes of takeovers; the steps by
Ganeti's files on nodes that answer in whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from steps.ganeti.acting import acting_master
from steps.recover.scene import Scene
from tests.steps.recover.accident import MASTER, Accident
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import World

LEADS = ["ganeti-confd", "ganeti-luxid", "ganeti-noded", "ganeti-rapi", "ganeti-wconfd"]


def daemons(accident: Accident, host: str, *, leads: bool) -> None:
    """Let both looks at a node show whether the master's daemons run there."""
    stored = json.loads(accident.raw[host]["ganeti"])
    stored["daemons"] = LEADS if leads else ["ganeti-noded"]
    accident.raw[host]["ganeti"] = json.dumps(stored)
    ip = {"node1": "192.168.0.111", "node2": "192.168.0.112"}[host]
    running = accident.running(ip, *(MASTER if leads else ("noded",)), cluster=leads)
    accident.raw[host]["ganeti-running"] = running


def taken_over() -> Accident:
    """node2 made itself master; node1 is back, and its files still name itself."""
    world = World(idle_dead())
    world._lead("node2", voted=False)
    world.power_on("node1")
    daemons(world.accident, "node2", leads=True)
    daemons(world.accident, "node1", leads=False)
    return world.accident


@pytest.mark.parametrize(
    ("made", "master"),
    [
        (Accident, "node1"),
        (node_dead, "node1"),
        (idle_dead, "node1"),
        (taken_over, "node2"),
    ],
)
def test_both_name_the_same(made: Callable[[], Accident], master: str) -> None:
    accident = made()
    acting = acting_master(accident.answers, accident.facts)
    assert acting.undecided == ""
    assert acting.node.short == Scene(accident.answers, accident.facts).master == master


def test_of_two_that_lead_no_order_is_given_to_either() -> None:
    accident = Accident()
    daemons(accident, "node2", leads=True)
    assert acting_master(accident.answers, accident.facts).undecided
    assert accident.situations[0] == "one-master"
    runbooks = [one for found in accident.findings.situations[1:] for one in found.runbooks]
    assert not any(one.offered for one in runbooks if one.changes)
