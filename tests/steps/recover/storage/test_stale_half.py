"""Situation 20: a server that runs on the older half of a mirror."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from steps.recover.copies import gate
from steps.recover.scene import Scene
from steps.recover.situations.objections import objections
from steps.recover.situations.refusal import refusal
from steps.recover.steps.disk import add, drop, table
from tests.steps.recover.accident import AFTER, NOW, SAME, Accident
from tests.steps.recover.storage.rack import Rack
from tests.steps.recover.storage.test_disk import NEW, blank, chosen, degraded
from tests.steps.recover.test_runbook_steps import blockers, review
from tests.steps.recover.test_situations import ALONE, WAITS, runbook

OLD_DATA = "/dev/md1 of node1 runs on an older half"


def newer_outside(rack: Rack) -> None:
    """The second disk was written to alone, and was plugged in after a start from the first."""
    rack.remove("md1", "vdb2")
    rack.blocks["vdb2"]["MD_EVENTS"] = "9000"


def stale() -> Accident:
    return degraded(newer_outside)


def scene_of(accident: Accident) -> Scene:
    return Scene(accident.answers, accident.facts, NOW)


def test_it_is_told_first_and_no_disk_is_mended() -> None:
    accident = stale()
    assert accident.situations == ["stale-half", "disk"]
    situation = accident.situation("stale-half")
    assert situation.title.startswith("node1 runs on the older half")
    evidence = str(situation.evidence)
    assert "/dev/md1 runs on /dev/vda2" in evidence
    assert "/dev/vdb2, left out, counts to 9000" in evidence
    assert "GWN1D2, 26 GiB) holds what was written last" in evidence
    assert [way.id for way in situation.runbooks] == ["look", "stale-half", "ask"]
    disk = runbook(accident.situation("disk"), "disk")
    assert OLD_DATA in disk.refused or "one thing at a time" in disk.refused


def test_what_to_do_is_said_and_nothing_is_carried_out() -> None:
    way = runbook(stale().situation("stale-half"), "stale-half")
    assert way.offered
    assert way.by_hand
    # Not one command: a person has a disk in each hand.
    assert [word.text for word in way.words if word.command] == ["ganeti-wizard recover diagnose"]
    lines = [word.text for word in way.words]
    assert "Start no instance on node1" in lines[0]
    off = lines.index("Power node1 off.")
    assert "GWN1D1" in lines[off + 1].partition("; leave")[0]
    assert "GWN1D2" in lines[off + 1].partition("; leave")[2]
    assert "runs there" not in str(lines)


def test_the_look_only_reads() -> None:
    look = runbook(stale().situation("stale-half"), "look")
    assert not look.changes
    assert look.words[0].text.startswith("mdadm --examine /dev/vda2 /dev/vdb2 | grep")


def test_an_instance_that_writes_to_the_old_data_is_named() -> None:
    accident = stale()
    accident.raw["node1"]["hypervisor"] += "\nguest: inst1.name.org\n"
    accident.raw["node2"]["hypervisor"] = accident.raw["node2"]["hypervisor"].replace(
        "guest: inst1.name.org\n", ""
    )
    situation = accident.situation("stale-half")
    assert "inst1.name.org runs here" in str(situation.evidence)
    assert "ask before you power it off" in str(runbook(situation, "stale-half").words)


def test_newest_halves_on_two_disks_are_nobodys_to_settle() -> None:
    def crossed(rack: Rack) -> None:
        newer_outside(rack)
        rack.fail("vdb1")

    way = runbook(degraded(crossed).situation("stale-half"), "stale-half")
    assert "no single disk of node1" in way.refused


def of_a_failed_disk(rack: Rack) -> None:
    """It counted no further since it failed."""
    rack.remove("md1", "vdb2")


def of_another_mirror(rack: Rack) -> None:
    newer_outside(rack)
    rack.blocks["vdb2"]["MD_UUID"] = "1:2:3:4"


def rebuilt(rack: Rack) -> None:
    rack.remove("md1", "vdb2")
    rack.add("md1", "vdb2")
    rack.blocks["vdb2"]["MD_EVENTS"] = "9000"


@pytest.mark.parametrize("change", [of_a_failed_disk, of_another_mirror, rebuilt])
def test_a_half_that_is_not_newer_is_no_matter(change: Callable[[Rack], None]) -> None:
    assert "stale-half" not in degraded(change).situations


def test_copies_that_count_as_in_sync_are_not_connected() -> None:
    accident = stale().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.generations("node1", SAME, "1:1:0:0:0:0:0")
    accident.generations("node2", SAME, "1:1:1:0:0:0:0")
    scene = scene_of(accident)
    (guest,) = scene.guests
    assert any(OLD_DATA in objection for objection in gate(scene, guest))
    reconnect = runbook(accident.situation("reconnect"), "reconnect")
    assert OLD_DATA in reconnect.refused


def test_nobody_goes_on_from_it_alone() -> None:
    accident = stale().down("node2").drbd("node1", WAITS)
    scene = scene_of(accident)
    refused = refusal(scene, "node1", "node2", list(scene.guests), alone=True)
    assert OLD_DATA in refused.why
    way = runbook(accident.situation("node-dead"), "node-dead")
    assert not way.offered
    assert not way.claimable


def test_it_is_not_taken_in_again() -> None:
    reasons = [found.why for found in objections(scene_of(stale()), "node1")]
    assert any(OLD_DATA in reason for reason in reasons)


def test_a_run_that_was_begun_meets_it_too() -> None:
    def both(rack: Rack) -> None:
        newer_outside(rack)
        blank(rack)

    accident = degraded(both)
    for step in (drop, table, add):
        assert "is newer" in blockers(review(step.step(chosen(NEW)), accident))


def test_a_server_that_came_back_alone_is_told_as_well() -> None:
    accident = stale().elsewhere().down("node2").down("backup").drbd("node1", "")
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0", attached=False)
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    del accident.raw["inst1"]
    assert accident.situations[0] == "stale-half"
    assert runbook(accident.situation("stale-half"), "stale-half").offered


BEGAN = NOW - 90000


@pytest.mark.parametrize(
    ("place", "fact", "told"),
    [
        ("backup", "configuration-copies", f"alive: node1 {BEGAN - 500}\n"),
        ("node2", "history", f"{BEGAN - 500}.5 n kernel: drbd resource0: conn( Connected -> X )\n"),
    ],
)
def test_what_others_saw_later_than_its_journal_knows_is_said(
    place: str, fact: str, told: str
) -> None:
    """The newer half may be in nobody's server: then no count shows it."""
    accident = degraded()
    if fact == "history":
        accident.raw[place][fact] += told
    else:
        accident.raw[place][fact] = told + accident.raw[place][fact]
    assert "may be the older half" in str(accident.situation("disk").evidence)
    assert accident.situations == ["disk"]
    # A journal that reaches as far as anybody saw it.
    accident.raw["node1"]["history"] = f"boot: {BEGAN - 600}.1 n kernel: x\n== drbd\n"
    assert "may be the older half" not in str(accident.situation("disk").evidence)
