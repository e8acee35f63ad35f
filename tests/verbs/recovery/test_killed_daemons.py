"""Ganeti's own daemons were killed (no memory was left, say): as seen on Debian 12, where neither
the watcher nor `service ganeti restart` starts them again.
"""

from __future__ import annotations

import pytest

from tests.steps.recover.accident import Accident
from tests.steps.recover.replication import node_of
from tests.steps.recover.storage.test_queue import QUEUED
from tests.steps.recover.storage.world import StorageWorld
from tests.steps.recover.test_situations import node_dead
from tests.steps.recover.world import World
from tests.verbs.recovery.verb import Verb
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow

LEFT = "left: ganeti-luxid\nleft: ganeti-wconfd\n"
FORGOTTEN = "node1: forget-killed"


def killed(accident: Accident | None = None) -> Accident:
    """luxid and wconfd of the master are gone, and their PID files are not."""
    hurt = accident or Accident()
    text = hurt.running("192.168.0.111", "confd", "noded", "rapi", cluster=True)
    hurt.raw["node1"]["ganeti-running"] = text + LEFT
    return hurt


def test_the_master_s_daemons_are_started_again(verb: Verb) -> None:
    world = World(killed())
    assert verb(world, "apply", "start-master") is Exit.OK
    assert [line for line in world.lines() if "restart" in line] == ["node1: restart"]
    assert verb(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK


def test_who_still_asks_for_votes_is_left_alone(verb: Verb) -> None:
    accident = killed()
    accident.change("node1", "ganeti-running", LEFT, "daemon: ganeti-luxid asking\n")
    error = verb.refused(World(accident), "apply", "start-master")
    assert error.code is Exit.BLOCKED and "ask for votes" in str(error)


def test_the_jobs_that_go_on_are_named(verb: Verb) -> None:
    accident = killed()
    accident.raw["node1"]["ganeti-stalled"] = accident.stalled(QUEUED)
    world = StorageWorld(accident)
    verb(world, "apply", "start-master")
    assert "luxid goes on with the queued jobs 44" in verb.text


def test_a_survivor_whose_daemons_were_killed_leads_without_a_vote(verb: Verb) -> None:
    """The other server is dead, and the master lost its daemons besides."""
    world = World(killed(node_dead()))
    dead = {"dead": "node2.name.org", "fenced": "cables"}
    verb(world, "apply", "alone", **dead, confirm=["inst1.name.org"])
    told = [line for line in world.lines() if line == FORGOTTEN or "daemon-util" in line]
    assert told[0] == FORGOTTEN and "ganeti-wconfd" in told[1]


def test_a_node_that_is_offline_votes_as_well(verb: Verb) -> None:
    world = World(killed())
    world.configure(lambda config: node_of(config, "node2.name.org").update(offline=True))
    world.refresh()
    verb(world, "apply", "start-master")
    assert "node1: restart" in world.lines()


def test_who_runs_already_is_not_started_beside_itself(verb: Verb) -> None:
    """`daemon-util start` ends with 2 there, and the mark that bars the other node comes after."""
    accident = killed(node_dead())
    accident.change("node1", "ganeti-running", LEFT, "left: ganeti-luxid\n")
    accident.raw["node1"]["ganeti-running"] += "daemon: ganeti-wconfd unvoted\n"
    world = World(accident)
    dead = {"dead": "node2.name.org", "fenced": "cables"}
    verb(world, "apply", "alone", **dead, confirm=["inst1.name.org"])
    started = [line for line in world.lines() if "daemon-util start" in line]
    assert len(started) == 1 and "ganeti-luxid" in started[0]
    assert any("gnt-node modify -f -O yes" in line for line in world.lines())
