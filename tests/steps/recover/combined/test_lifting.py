"""What a refusal names to lift it can come true, and lifts it."""

from __future__ import annotations

from tests.cases import answers_of
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import node_dead, runbook
from wizard.model.recovery import HERE, Runbook


def way(accident: Accident) -> Runbook:
    return runbook(accident.situation("node-dead"), "node-dead")


def test_no_backup_host_is_asked_for_where_there_is_none() -> None:
    accident = node_dead().elsewhere()
    data = accident.answers.model_dump(mode="json")
    data.pop("backup")
    accident.answers = answers_of({"nodes": data["nodes"]})
    del accident.raw["backup"]
    refused = way(accident)
    assert refused.claimable
    assert "backup host" not in refused.lifted
    assert "a second machine in the servers' network" in refused.lifted
    assert "your word that it is without power" in refused.lifted


def test_the_backup_host_that_is_silent_is_named() -> None:
    refused = way(node_dead().down("backup").elsewhere())
    assert "a look from the backup host backup, without a sign of node2" in refused.lifted


def test_where_nobody_asked_by_arp_that_is_what_lacks() -> None:
    accident = node_dead()
    text = accident._presence("node1").replace("arp-able\n", "")
    accident.raw["node1"]["presence"] = text
    refused = way(accident)
    assert f"from node1 and backup and {HERE} only, and by ARP from nowhere" in refused.refused
    assert refused.lifted == "a look by ARP from node1 (arping, on its bridge xenbr0)"
    # Nobody's word stands for it: it is what no firewall stops.
    assert not refused.claimable
