"""Instances that a dead node takes with it, that were stopped on purpose, or that have one copy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.recover.steps import bring, move, service
from tests.steps.recover.accident import AFTER, MASTER, NOW, SAME, Accident
from tests.steps.recover.test_situations import node_dead, runbook
from wizard.model.accident import Case, Claim

SECOND = "test2.name.org"


def configured(accident: Accident, change: Any) -> Accident:
    """Change the configuration on every node that answers."""
    for host in ("node1", "node2"):
        if "ganeti" in accident.raw.get(host, {}):
            stored = json.loads(accident.raw[host]["ganeti"])
            change(stored["config"])
            accident.raw[host]["ganeti"] = json.dumps(stored)
    return accident


def plain(accident: Accident, node: str, *, disks: bool = True) -> Accident:
    """A second instance whose only disk lies on one node, or that has none."""

    def add(config: dict[str, Any]) -> None:
        home = next(one["uuid"] for one in config["nodes"] if one["name"] == f"{node}.name.org")
        guest = {**config["instances"][0], "name": SECOND, "primary": home, "ips": []}
        guest["state"] = "up"
        guest["uuid"] = "dead0000-0000-4000-8000-00000000000f"
        disk = {**config["disks"][0], "type": "plain", "minors": [], "nodes": []}
        disk["uuid"] = "dead0000-0000-4000-8000-000000000001"
        disk["volumes"] = ["aaaaaaaa-0000-4000-8000-000000000001.disk0"]
        guest["disks"] = [disk["uuid"]] if disks else []
        config["instances"].append(guest)
        if disks:
            config["disks"].append(disk)

    return configured(accident, add)


def stopped(accident: Accident) -> Accident:
    """inst1 was stopped by the administrator: its disks are down everywhere."""
    configured(accident, lambda config: config["instances"][0].update(state="down"))
    for host in ("node1", "node2"):
        if host in accident.raw:
            accident.drbd(host, "").generations(host, SAME, "1:1:0:1:0:0:0", attached=False)
            accident.raw[host]["hypervisor"] = Accident().raw["node1"]["hypervisor"]
    accident.raw.pop("inst1", None)
    return accident


def adopted(accident: Accident, **where: str) -> None:
    """The answers have the second instance as well."""
    data = accident.answers.model_dump(mode="json")
    guest = {**data["instance"]["wanted"][0], "name": SECOND, "ip": "192.168.0.115", **where}
    data["instance"]["wanted"].append(guest)
    accident.answers = type(accident.answers).model_validate(data)


def case() -> Case:
    claim = Claim("node2.name.org", "cables", NOW - 60, NOW - 90)
    return Case("node-dead", "20261122T160850Z-node-dead", "me", NOW - 90, claim)


@pytest.mark.parametrize("disks", [True, False])
def test_what_has_one_copy_holds_up_nobody_else(disks: bool) -> None:
    accident = plain(node_dead(), "node2", disks=disks)
    situation = accident.situation("node-dead")
    assert "inst1.name.org ran there; test2.name.org ran there and has no copy" in situation.title
    assert "Only that brings test2.name.org back" in situation.runbooks[0].words[0].text
    typed = [word.text for word in runbook(situation, "node-dead").words]
    assert "gnt-instance failover -f inst1.name.org" in typed
    assert not any("failover" in text and SECOND in text for text in typed)

    offline = json.dumps(json.loads(accident.raw["node1"]["ganeti"]))
    accident.raw["node1"]["ganeti"] = offline.replace(
        '"name": "node2.name.org", "offline": false', '"name": "node2.name.org", "offline": true'
    )
    assert accident.raw["node1"]["ganeti"] != offline
    step = move.step(case())
    assert list(step.blockers(accident.answers, accident.facts)) == []
    planned = list(step.plan(accident.answers, accident.facts))
    assert [command.argv[-1] for command in planned] == ["inst1.name.org"]


def test_a_node_that_ran_only_what_has_one_copy() -> None:
    accident = plain(stopped(node_dead()), "node2")
    accident.down("node2")
    (situation,) = accident.findings.situations
    assert situation.id == "idle-dead"
    assert "test2.name.org ran there and has no copy on node1" in situation.title
    assert "The service runs" not in situation.runbooks[0].words[0].text


def test_the_watcher_is_let_go_though_one_instance_waits_for_its_node() -> None:
    accident = plain(node_dead(), "node2")
    adopted(accident)
    findings = service.step(case()).verify(accident.answers, accident.facts)
    assert not any(finding.host == "test2" for finding in findings)


@pytest.mark.parametrize(("lost", "known"), [("node1", "master-idle-dead"), ("node2", "idle-dead")])
def test_disks_that_are_down_on_purpose_show_no_restart(lost: str, known: str) -> None:
    accident = stopped(Accident().down(lost))
    (situation,) = accident.findings.situations
    assert situation.id == known
    assert "The service runs" not in situation.runbooks[0].words[0].text


def test_a_master_that_restarted_with_nothing_to_run_starts_alone() -> None:
    accident = stopped(Accident().down("node2"))
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    assert accident.situations == ["alone"]
    assert "luxid" in MASTER


def test_at_home_is_only_asked_of_what_can_be_moved() -> None:
    accident = plain(Accident(), "node2")
    adopted(accident, primary="node1", secondary="node2")
    accident.change("node2", "hypervisor", "dom0_mib", f"guest: {SECOND}\ndom0_mib")
    assert "home" not in accident.situations


def test_one_that_is_stopped_comes_home_as_well() -> None:
    accident = stopped(Accident())
    accident.answers = accident.answers.model_copy(deep=True)
    accident.answers.guests[0].primary = "node1"
    accident.answers.guests[0].secondary = "node2"
    assert runbook(accident.situation("home"), "home").offered
    step = bring.step(Case("home", "20261122T160850Z-home", "me", NOW))
    assert list(step.blockers(accident.answers, accident.facts)) == []
    (move_it,) = step.plan(accident.answers, accident.facts)
    assert move_it.argv[-1] == "inst1.name.org" and not move_it.risk
    # What one of the two sides alone has is not left behind.
    accident.generations("node2", AFTER, "1:1:1:0:0:0:0", attached=False)
    refused = [str(found) for found in step.blockers(accident.answers, accident.facts)]
    assert refused and all("nothing shows that both copies" in why for why in refused)
