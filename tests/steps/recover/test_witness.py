"""Whose silence about a machine counts."""

from __future__ import annotations

from tests.steps.recover.test_situations import node_dead, runbook
from wizard.model.recovery import HERE


def test_a_place_that_hears_nobody_is_no_witness() -> None:
    accident = node_dead()
    text = accident._presence(HERE).replace(" ok", " no").replace(" open", " silent")
    accident.raw[HERE]["presence"] = text
    seen = {host.name: host.presence for host in accident.findings.hosts}
    assert seen["node2"].vantages == ("node1", "backup")
    assert runbook(accident.situation("node-dead"), "node-dead").offered
    accident.down("backup")
    refused = runbook(accident.situation("node-dead"), "node-dead")
    assert not refused.offered
    assert refused.claimable
