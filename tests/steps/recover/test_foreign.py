"""Clusters that no runbook was written for, and a node that came back alone: what is refused."""

from __future__ import annotations

import json

import pytest

from steps.recover.adopt.foreign import reasons
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_situations import ALONE, idle_dead, node_dead, runbook
from wizard.answers import Node
from wizard.model.recovery import HERE, Situation


def changing(accident: Accident) -> list[str]:
    """The ids of all that is offered and changes anything."""
    offered = []
    for situation in accident.findings.situations:
        for one in situation.runbooks:
            if one.offered and one.changes:
                offered.append(one.id)
    return offered


def why(situation: Situation, identity: str) -> str:
    one = runbook(situation, identity)
    assert not one.claimable
    return one.refused


def configure(accident: Accident, **changes: object) -> Accident:
    """Change the top of the configuration on each node that answers."""
    for texts in accident.raw.values():
        if "ganeti" in texts:
            stored = json.loads(texts["ganeti"])
            stored["config"] |= changes
            texts["ganeti"] = json.dumps(stored)
    return accident


def test_this_program_s_own_clusters_have_no_limit() -> None:
    assert changing(node_dead()) == ["node-dead"]
    assert changing(idle_dead()) == ["takeover"]
    own = {"kinds": ["drbd", "plain"], "hypervisors": ["xen-pvm"]}
    assert reasons(nodes=2, series="3.0", **own) == []  # type: ignore[arg-type]
    assert reasons(nodes=2, series="", **own) == []  # type: ignore[arg-type]


def test_three_nodes_are_diagnosed_and_no_takeover_is_offered() -> None:
    accident = node_dead()
    third = Node.model_validate({"name": "node3.name.org", "ip": "192.168.0.116"})
    accident.answers.nodes.append(third)
    accident.raw["node3"] = {**Accident().raw["node1"]}
    accident.raw["node3"]["ganeti-running"] = accident.running("192.168.0.116", "noded")
    situation = accident.situation("node-dead")
    assert "3 nodes" in why(situation, "node-dead")
    assert changing(accident) == []


def test_disks_that_no_runbook_knows() -> None:
    accident = node_dead()
    stored = json.loads(accident.raw["node1"]["ganeti"])
    disks = stored["config"]["disks"]
    disks[0]["type"] = "rbd"
    situation = configure(accident, disks=disks).situation("node-dead")
    assert "rbd" in why(situation, "node-dead")


@pytest.mark.parametrize(("release", "offered"), [("3.1.0", True), ("2.16.2", False), ("", True)])
def test_another_series_of_ganeti(release: str, offered: bool) -> None:
    accident = node_dead().change("node1", "lineage", "release: 3.0.2", f"release: {release}")
    assert (changing(accident) == ["node-dead"]) is offered


def test_guests_that_cannot_be_seen() -> None:
    accident = configure(node_dead(), hypervisors=["lxc"])
    assert "lxc" in why(accident.situation("node-dead"), "node-dead")


def test_another_drbd() -> None:
    accident = node_dead().change("node1", "replicas", "version: 8.4", "version: 9.1")
    assert "DRBD 9.1" in why(accident.situation("node-dead"), "node-dead")


def returned() -> Accident:
    """The program runs on node1, which restarted; nobody else answers."""
    accident = node_dead().down("backup").elsewhere()
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded", "confd")
    accident.raw["node1"]["hypervisor"] = Accident().raw["node1"]["hypervisor"]
    return accident.drbd("node1", "")


def test_on_a_returned_node_alone_nothing_is_offered_that_changes_anything() -> None:
    accident = returned()
    situation = accident.situation("first-back")
    assert "no other machine answers" in why(situation, "first-back")
    assert changing(accident) == []
    # Waiting, and the evidence, which is no runbook, are left.
    assert runbook(situation, "wait").offered


def test_another_machine_that_answers_lifts_that() -> None:
    accident = returned()
    accident.raw["backup"] = Accident().raw["backup"]
    del accident.missing["backup"]
    accident.silent.discard("backup")
    refused = runbook(accident.situation("first-back"), "first-back").refused
    assert "no other machine" not in refused


def test_a_survivor_that_never_restarted_may_act_from_its_own_console() -> None:
    accident = node_dead().down("backup").elsewhere().drbd("node1", ALONE)
    one = runbook(accident.situation("node-dead"), "node-dead")
    assert one.claimable


@pytest.mark.parametrize("place", [HERE, "backup"])
def test_somebody_else_s_network_with_the_numbers_of_the_second_one_is_no_life(place: str) -> None:
    """A cable between the servers with 192.168.1.x, say, as many a router at home has it."""
    accident = node_dead()
    accident.answers.nodes[1].secondary_ip = "192.168.1.2"
    text = accident._presence(place)
    accident.raw[place]["presence"] = text.replace("ping 192.168.1.2 no", "ping 192.168.1.2 ok")
    assert accident.situations == ["node-dead"]
    assert runbook(accident.situation("node-dead"), "node-dead").offered


def test_a_second_address_that_answers_is_a_sign_of_life() -> None:
    accident = node_dead()
    accident.answers.nodes[1].secondary_ip = "172.16.5.2"
    texts = accident._presence("node1")
    assert "172.16.5.2" in texts
    assert "node-dead" in accident.situations
    accident.raw["node1"]["presence"] = texts.replace("ping 172.16.5.2 no", "ping 172.16.5.2 ok")
    assert "node-dead" not in accident.situations
    (node2,) = [seen for seen in accident.findings.hosts if seen.name == "node2"]
    assert "172.16.5.2 answers ping" in [sign.what for sign in node2.presence.signs]
