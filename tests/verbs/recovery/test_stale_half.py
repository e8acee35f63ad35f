"""From a server on the older half of a mirror to whole mirrors, on simulated machines."""

from __future__ import annotations

from tests.steps.recover.accident import Accident
from tests.steps.recover.storage.rack import Rack
from tests.steps.recover.storage.test_stale_half import newer_outside
from tests.steps.recover.storage.world import StorageWorld
from tests.verbs.recovery.verb import Verb
from wizard.base.exits import Exit

LOOK = {"json": False, "schema": False, "bundle": False}
OLDER = "GWN1D1"
NEWER = "GWN1D2"
BLANK = "GWN1D3"


def stale() -> StorageWorld:
    world = StorageWorld(Accident())
    world.racks["node1"].fail("vdb2")
    newer_outside(world.racks["node1"])
    world.refresh()
    return world


def start_with_the_newer_disk(rack: Rack) -> None:
    """What the way out says, done by hand; the older disk is put in again afterwards."""
    rack.fail("vda1")
    rack.remove("md0", "vda1")
    rack.members["md1"] = {"vdb2": ["in_sync", "1"]}
    rack.loaders = {"vdb"}


def test_it_is_no_runbook_and_none_goes_around_it(verb: Verb) -> None:
    world = stale()
    world.racks["node1"].plug("vdc", BLANK)
    world.refresh()
    assert verb(world, "diagnose", **LOOK) is Exit.PENDING
    assert "Power node1 off." in verb.text
    told = verb.refused(world, "apply", "stale-half")
    assert told.code is Exit.USAGE
    # A copy of the old data on a third disk would look like a whole mirror.
    refused = verb.refused(world, "apply", "disk", choose=[f"new-disk={BLANK}"], confirm=[BLANK])
    assert refused.code is Exit.BLOCKED
    assert "older half" in refused.what


def test_a_runbook_under_way_stops_where_a_newer_half_turns_up(verb: Verb) -> None:
    world = StorageWorld(Accident())
    rack = world.racks["node1"]
    rack.fail("vdb2")
    rack.plug("vdc", BLANK)
    world.refresh()

    def plugged_in(host: str, line: str) -> None:
        if "freeze" in line and "vdb2" in rack.members["md1"]:
            newer_outside(rack)

    world.before = plugged_in
    code = verb(world, "apply", "disk", choose=[f"new-disk={BLANK}"], confirm=[BLANK])
    assert code is Exit.BLOCKED
    assert "is newer" in verb.text
    assert not any("mdadm" in line or "copy-table" in line for line in world.lines())


def test_started_with_the_newer_disk_it_is_made_whole_again(verb: Verb) -> None:
    world = stale()
    rack = world.racks["node1"]
    start_with_the_newer_disk(rack)
    world.accident.raw["node1"]["pulse"] = world.accident.pulse(uptime=700)
    world.refresh()
    assert world.accident.situations == ["disk"]
    assert verb(world, "apply", "disk", choose=[f"new-disk={OLDER}"]) is Exit.OK
    for array, number in (("md0", "1"), ("md1", "2")):
        assert {words[0] for words in rack.members[array].values()} == {"in_sync"}
        assert set(rack.members[array]) == {f"vda{number}", f"vdb{number}"}
    told = world.lines()
    assert "node1: anew /dev/md1 /dev/vda2" in told
    assert not any(": again" in line for line in told)
    assert verb(world, "diagnose", **LOOK) is Exit.OK
