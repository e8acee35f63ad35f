"""`recover apply one-master` on two nodes that both lead, simulated."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.steps.recover.accident import Accident
from tests.steps.recover.storage.test_masters import LINE, two_masters
from tests.steps.recover.storage.world import StorageWorld
from tests.steps.recover.world import Killed
from tests.verbs.recovery.verb import Verb
from wizard.base.errors import WizardError
from wizard.base.exits import Exit

LOOK = {"json": False, "schema": False, "bundle": False}


def well(world: StorageWorld, master: str) -> None:
    for host in ("node1", "node2"):
        running = world.accident.raw[host]["ganeti-running"]
        assert ("luxid" in running) is (host == master)
        assert ("192.168.0.113" in running) is (host == master)
        assert "unvoted" not in running
        assert world.accident.raw[host]["bypass"] == ""


def test_the_better_one_is_left_and_leads_by_a_vote(verb: Verb) -> None:
    world = StorageWorld(two_masters())
    assert verb(world, "apply", "one-master", choose=["right=node2"]) is Exit.OK
    well(world, "node2")
    told = [line for line in world.lines() if line.startswith("node")]
    order = ["freeze", "stop-master", "give-back", "tell-anew", "restart", "rm -f"]
    places = [next(n for n, line in enumerate(told) if part in line) for part in order]
    assert places == sorted(places)
    assert "node1: /usr/lib/ganeti/daemon-util stop-master" in told


def test_the_worse_one_wants_its_name(verb: Verb) -> None:
    world = StorageWorld(two_masters())
    given = {"choose": ["right=node1"]}
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "one-master", **given)
    assert caught.value.code is Exit.CONSENT
    assert not any("stop-master" in line for line in world.lines())
    assert verb(world, "apply", "one-master", **given, confirm=["node1.name.org"]) is Exit.OK
    well(world, "node1")


def test_settings_alone_need_no_choice(verb: Verb) -> None:
    accident = Accident()
    accident.raw["node1"]["bypass"] = f"setting: {LINE}\n"
    world = StorageWorld(accident)
    assert verb(world, "apply", "one-master") is Exit.OK
    well(world, "node1")
    assert not any("restart" in line for line in world.lines())
    assert verb(world, "diagnose", **LOOK) is Exit.OK


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_command_it_comes_to_the_same_end(verb: Verb, when: str) -> None:
    world = StorageWorld(two_masters())
    killed: set[str] = set()

    def dies(line: str) -> str:
        if line in killed:
            return ""
        killed.add(line)
        return when

    world.dies = dies
    code = Exit.FAILED
    for _ in range(30):
        with suppress(Killed):
            code = verb(world, "apply", "one-master", choose=["right=node2"])
        if code is Exit.OK:
            break
    assert code is Exit.OK
    well(world, "node2")
