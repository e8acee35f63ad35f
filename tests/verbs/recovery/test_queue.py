"""`recover apply queue`, and takeovers with jobs in the queue, on simulated machines."""

from __future__ import annotations

import pytest

from tests.steps.recover.storage.test_queue import CRASHED, QUEUED, WAITING, given_up, stalls
from tests.steps.recover.storage.world import StorageWorld
from tests.steps.recover.test_situations import idle_dead
from tests.verbs.recovery.verb import Verb
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow

DEAD = {"dead": "node1.name.org", "fenced": "cables"}


def test_a_queue_goes_on(verb: Verb) -> None:
    accident = stalls(QUEUED, WAITING, CRASHED, dead=("46",))
    accident.change("node1", "lineage", "pause:", "drained: yes\npause:")
    world = StorageWorld(accident)
    assert verb(world, "apply", "queue") is Exit.OK
    told = [line for line in world.lines() if "gnt-" in line and "verify" not in line]
    assert told == [
        "node1: gnt-cluster queue undrain",
        "node1: gnt-debug wconfd cleanuplocks",
        "node1: gnt-job cancel 44",
        "node1: gnt-job cancel 45",
    ]
    assert verb(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK


def test_a_job_that_was_begun_meanwhile_is_not_cancelled(verb: Verb) -> None:
    world = StorageWorld(stalls(QUEUED))

    def begins(host: str, line: str) -> None:
        if "freeze" in line:
            begun = {**QUEUED, "status": "running", "age": 1, "alive": True}
            world.accident.raw["node1"]["ganeti-stalled"] = world.accident.stalled(begun)

    world.before = begins
    verb(world, "apply", "queue")
    assert not any("gnt-job cancel" in line for line in world.lines())


def test_what_was_given_up_is_started(verb: Verb) -> None:
    world = StorageWorld(given_up())
    assert verb(world, "apply", "queue") is Exit.OK
    started = [line for line in world.lines() if "gnt-instance startup" in line]
    assert len(started) == 1


def test_nothing_that_was_queued_runs_after_a_takeover(verb: Verb) -> None:
    accident = idle_dead()
    accident.raw["node2"]["ganeti-stalled"] = accident.stalled(QUEUED)
    world = StorageWorld(accident)
    assert verb(world, "apply", "takeover", **DEAD) is Exit.OK
    assert world.stalled("node2")["jobs"] == []
    world.power_on("node1")
    world.accident.raw["node1"]["ganeti-stalled"] = accident.stalled(QUEUED)
    world.refresh()
    assert verb(world, "apply", "rejoin") is Exit.OK
    assert world.stalled("node1")["jobs"] == []
