"""A node hangs while nobody else could go on without it."""

from __future__ import annotations

import pytest

from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import WAITS, node_dead, runbook
from wizard.base.errors import Reach

OF_THE_DISK = ("ganeti", "lineage", "drbd-generations", "replicas", "lvm", "md", "history")


def test_the_only_server_that_is_left_keeps_its_power() -> None:
    accident = node_dead().hang("node1", *OF_THE_DISK)
    off = runbook(accident.situation("hung"), "hung")
    assert "no other server is there" in off.refused
    assert off.lifted == "node2 is powered on and answers"


def test_what_a_hung_disk_does_not_tell_is_not_taken_for_absent() -> None:
    accident = node_dead().hang("node1", *OF_THE_DISK)
    title = accident.situation("unknown").title
    assert title.endswith("node1 does not tell whether it holds the cluster's configuration")


def test_no_server_answers_but_the_backup_host() -> None:
    accident = node_dead().down("node1")
    assert {one.title.partition(", and ")[2] for one in accident.findings.situations} == {
        "no other server answers"
    }


def test_the_source_of_a_resync_keeps_its_power() -> None:
    syncing = "SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate"
    accident = Accident().drbd("node1", syncing).hang("node2", "md")
    off = runbook(accident.situation("hung"), "hung")
    assert "the copy of disk 0 of inst1.name.org on node1 is half of a resync" in off.refused


def test_what_hangs_beside_a_whole_copy_may_be_powered_off() -> None:
    accident = Accident().hang("node2", "md")
    assert runbook(accident.situation("hung"), "hung").offered
    alive = Accident().down("node2", Reach.REFUSED).drbd("node1", WAITS)
    assert runbook(alive.situation("hung"), "hung").offered


@pytest.mark.parametrize("state", ["Diskless", "Failed"])
def test_an_instance_that_ran_over_the_network_loses_its_only_copy(state: str) -> None:
    # inst1 runs on node2, whose disk DRBD gave up; node1, which has the data, is silent.
    accident = Accident().down("node1")
    accident.drbd("node2", f"WFConnection ro:Primary/Unknown ds:{state}/DUnknown")
    situation = accident.situation("incomplete")
    assert accident.situations[0] == "incomplete"
    assert "has lost its storage on node2, and node1 is away with its data" in situation.title
    first = situation.runbooks[0].words[0].text
    assert "Neither stop inst1.name.org nor reboot node2" in first
    assert not runbook(situation, "force").offered
    taken = accident.situation("master-idle-dead")
    assert not any(one.offered for one in taken.runbooks if one.changes)


def test_a_journal_that_is_too_slow_forbids_no_recovery() -> None:
    accident = jobs_told(node_dead())
    assert runbook(accident.situation("node-dead"), "node-dead").offered
    accident.hang("node1", "history", "boot-loader")
    assert accident.situations == ["node-dead", "slow"]
    dead = accident.situation("node-dead")
    assert runbook(dead, "node-dead").offered
    # How old the copy is stood in the journal: it counts as unknown, and wants its name typed.
    assert any("the copy on node1 is unknown" in one.what for one in dead.evidence)
    assert not any(one.changes for one in accident.situation("slow").runbooks)


@pytest.mark.parametrize("fact", ["md", "drbd-generations", "hypervisor", "configuration-copies"])
def test_without_what_decides_a_node_hangs(fact: str) -> None:
    accident = jobs_told(node_dead()).hang("node1", fact)
    assert accident.situations[0] == "hung"


def jobs_told(accident: Accident) -> Accident:
    """Its job queue is read as well, which the recorded outputs do not have, and whom it hears."""
    accident.raw["node1"].setdefault("jobs", "")
    accident.raw["node1"]["presence"] = accident._presence("node1")
    return accident
