"""`recover apply disk` from the failed disk to whole mirrors, on simulated machines."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.steps.recover.accident import Accident
from tests.steps.recover.storage.world import StorageWorld
from tests.steps.recover.world import Killed
from tests.verbs.recovery.verb import Verb
from wizard.base.errors import WizardError
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow

OLD = "GWN1D2"
NEW = "GWN1D3"
GIVEN = {"choose": [f"new-disk={NEW}"], "confirm": [NEW]}


def failed(*, pulled: bool = False, plugged: bool = True) -> StorageWorld:
    """The second disk of node1 fails; it is pulled perhaps, and a new one is there or not."""
    world = StorageWorld(Accident())
    rack = world.racks["node1"]
    rack.fail("vdb2")
    if pulled:
        rack.unplug("vdb")
    if plugged:
        rack.plug("vdc", NEW)
    world.refresh()
    return world


def whole(world: StorageWorld, *disks: str) -> None:
    rack = world.racks["node1"]
    for array, number in (("md0", "1"), ("md1", "2")):
        assert set(rack.members[array]) == {f"{disk}{number}" for disk in disks}
        assert {words[0] for words in rack.members[array].values()} == {"in_sync"}
    assert set(disks) <= rack.loaders


@pytest.mark.parametrize("pulled", [False, True])
def test_a_new_disk_takes_the_place_of_the_failed_one(verb: Verb, pulled: bool) -> None:
    world = failed(pulled=pulled)
    assert verb(world, "apply", "disk", **GIVEN) is Exit.OK
    whole(world, "vda", "vdc")
    told = world.lines(without="gnt-cluster verify")
    copied = "node1: copy-table /dev/vda /dev/vdc"
    order = ["bundle", "freeze", "--fail" if pulled else "drop", copied, "--add", "follow", "grub"]
    places = [next(n for n, line in enumerate(told) if part in line) for part in order]
    assert places == sorted(places)
    assert not any(line.startswith("node2: mdadm") for line in told)
    assert verb(world, "diagnose", json=False, schema=False, bundle=False) is Exit.OK


def test_the_serial_is_typed_before_anything_is_overwritten(verb: Verb) -> None:
    world = failed()
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "disk", choose=GIVEN["choose"])
    assert caught.value.code is Exit.CONSENT
    assert NEW in caught.value.what
    assert not any("sfdisk" in line or "copy-table" in line for line in world.lines())


def test_without_a_choice_the_disks_are_listed(verb: Verb) -> None:
    error = verb.refused(failed(), "apply", "disk")
    assert error.code is Exit.BLOCKED
    assert f"new-disk={NEW}" in str(error)
    assert "new-disk=GWN1D1" not in str(error)


def test_the_failed_disk_goes_first_and_the_new_one_comes_later(verb: Verb) -> None:
    world = failed(plugged=False)
    assert verb(world, "apply", "disk", choose=["new-disk=none:node1"]) is Exit.OK
    assert world.racks["node1"].members["md0"] == {"vda1": ["in_sync", "0"]}
    world.racks["node1"].unplug("vdb")
    world.racks["node1"].plug("vdb", NEW)
    world.racks["node1"].loaders.discard("vdb")
    world.refresh()
    # The clock stands still here: in the same second it would be the same accident.
    verb.folder = verb.folder.with_name("later")
    assert verb(world, "apply", "disk", **GIVEN) is Exit.OK
    whole(world, "vda", "vdb")


def test_a_disk_that_fell_out_is_added_again(verb: Verb) -> None:
    world = failed(plugged=False)
    assert verb(world, "apply", "disk", choose=[f"new-disk={OLD}"]) is Exit.OK
    whole(world, "vda", "vdb")
    told = world.lines()
    assert "node1: again /dev/md1 /dev/vdb2" in told
    assert not any("copy-table" in line or "/dev/vdb1" in line for line in told)


def test_another_disk_under_the_same_name_is_left_alone_by_the_guard(verb: Verb) -> None:
    world = failed()
    world.racks["node1"].meanwhile["vdc"] = "SOMEBODYS"
    assert verb(world, "apply", "disk", **GIVEN) is not Exit.OK
    assert world.refused
    assert not any("copy-table" in line for line in world.lines())


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_command_it_comes_to_the_same_end(verb: Verb, when: str) -> None:
    world = failed()
    killed: set[str] = set()

    def dies(line: str) -> str:
        if line in killed:
            return ""
        killed.add(line)
        return when

    world.dies = dies
    code = Exit.FAILED
    for _ in range(40):
        with suppress(Killed):
            code = verb(world, "apply", "disk", **GIVEN)
        if code is Exit.OK:
            break
    assert code is Exit.OK
    assert len(killed) > 10
    whole(world, "vda", "vdc")
