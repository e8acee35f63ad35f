"""Servers that answer and do not serve the cluster: no noded, no cluster's address, no Ganeti.

Reports of each are many on Ganeti's lists: an address that a restart of the network took off, one
that a former master kept, a node whose noded died, a machine that was reinstalled under its name.
"""

from __future__ import annotations

import json

import pytest

from steps.recover.contenders import options
from tests.steps.recover.accident import MASTER, NOW, Accident
from tests.steps.recover.combined.test_kinds_of_instances import stopped
from tests.steps.recover.test_situations import ALONE, node_dead, runbook

ADDRESSES = {"node1": "192.168.0.111", "node2": "192.168.0.112"}
IP = "192.168.0.113"


def running(accident: Accident, host: str, *daemons: str, cluster: bool = False) -> Accident:
    accident.raw[host]["ganeti-running"] = accident.running(
        ADDRESSES[host], *daemons, cluster=cluster
    )
    return accident


def reinstalled(accident: Accident, host: str = "node2") -> Accident:
    """Debian alone, in its place and with its name; its key was accepted."""
    running(accident, host)
    raw = accident.raw[host]
    for fact in ("ganeti", "lineage", "ganeti-stalled", "ganeti-certificates", "drbd-states"):
        raw[fact] = ""
    raw |= {"drbd-generations": "", "ganeti-jobs": "", "replicas": "== show\n== volumes\n"}
    raw["hypervisor"] = Accident().raw["node1"]["hypervisor"]
    return accident


def marked_offline(accident: Accident) -> None:
    raw = accident.raw["node1"]
    raw["ganeti"] = json.dumps(json.loads(raw["ganeti"])).replace(
        '"name": "node2.name.org", "offline": false', '"name": "node2.name.org", "offline": true'
    )


@pytest.mark.parametrize("dead", [False, True])
def test_a_cluster_of_another_name_is_not_taken_for_a_well_one(dead: bool) -> None:
    """gnt-cluster rename, since the build or the adoption."""
    accident = node_dead() if dead else Accident()
    for texts in accident.raw.values():
        if "ganeti" in texts:
            stored = json.loads(texts["ganeti"])
            stored["config"]["name"] = "other.name.org"
            texts["ganeti"] = json.dumps(stored)
    assert accident.situations[0] == "renamed"
    situation = accident.situation("renamed")
    assert "the servers belong to other.name.org" in situation.title
    assert any("recover adopt node1.name.org" in word.text for word in situation.runbooks[1].words)
    assert not any(one.changes for one in situation.runbooks)


def test_nobody_has_the_clusters_address() -> None:
    accident = running(Accident(), "node1", *MASTER)
    assert accident.situations == ["address"]
    way = runbook(accident.situation("address"), "address")
    assert way.offered
    assert way.words[0].text == "gnt-cluster activate-master-ip"
    assert way.words[0].host == "node1"


def test_it_is_not_taken_while_another_machine_answers_at_it() -> None:
    accident = Accident()
    heard = accident._presence("node2")
    running(accident, "node1", *MASTER)
    accident.raw["node2"]["presence"] = heard
    way = runbook(accident.situation("address"), "address")
    assert not way.offered
    assert "another machine answers" in way.refused and IP in way.lifted


def test_a_former_master_that_kept_the_address_is_in_the_way() -> None:
    accident = running(running(Accident(), "node1", *MASTER), "node2", "noded", cluster=True)
    assert accident.situations == ["one-master"]
    situation = accident.situation("one-master")
    assert "address is on node2, and node1 leads" in situation.title
    assert runbook(situation, "one-master").offered
    assert options(accident.answers, accident.facts)[0].value == "node1"


@pytest.mark.parametrize("host", ["node1", "node2"])
def test_a_server_without_noded(host: str) -> None:
    left = [name for name in MASTER if name != "noded"] if host == "node1" else []
    accident = running(Accident(), host, *left, cluster=host == "node1")
    assert accident.situations == ["noded"]
    way = runbook(accident.situation("noded"), "noded")
    assert way.words[0].text.endswith("daemon-util start ganeti-noded")
    assert way.words[0].host == host
    assert "within five minutes" in accident.situation("noded").runbooks[0].words[0].text
    accident.change(host, "lineage", "pause: \n", f"pause: {NOW + 5000}\n")
    waits = accident.situation("noded").runbooks[0].words[0].text
    assert "is paused until" in waits


def test_where_it_is_just_started_or_the_node_is_left_out_nothing_is_said() -> None:
    accident = running(Accident(), "node2")
    accident.raw["node2"]["ganeti-running"] += "starting: daemon-util\n"
    assert "noded" not in accident.situations
    accident = running(Accident(), "node2")
    marked_offline(accident)
    assert "noded" not in accident.situations


@pytest.mark.parametrize("offline", [False, True])
def test_a_server_that_was_installed_anew(offline: bool) -> None:
    accident = reinstalled(Accident()).drbd("node1", ALONE)
    if offline:
        marked_offline(accident)
    assert accident.situations[0] == "blank"
    situation = accident.situation("blank")
    assert not situation.runbooks[0].changes
    words = [word.text for word in runbook(situation, "blank").words]
    assert any("keep them" in text for text in words)
    assert any("Power node2 off, then look again" in text for text in words)
    assert any("run inst1.name.org from the other copy" in text for text in words)
    for one in accident.findings.situations[1:]:
        assert not any(way.offered for way in one.runbooks if way.changes)


def test_one_on_which_an_instance_runs_is_not_powered_off() -> None:
    accident = reinstalled(Accident())
    accident.raw["node2"]["hypervisor"] = Accident().raw["node2"]["hypervisor"]
    situation = accident.situation("blank")
    assert situation.title.endswith("inst1.name.org runs there")
    assert [way.id for way in situation.runbooks] == ["ask"]


def test_one_that_nothing_was_at_home_on() -> None:
    accident = reinstalled(stopped(Accident()), "node2")
    assert accident.situations[0] == "blank"


def test_the_package_alone_is_no_member_either_but_a_cleaned_one_is_taken_in() -> None:
    accident = reinstalled(stopped(Accident()), "node2")
    stored = json.loads(Accident().raw["node2"]["ganeti"])
    stored |= {"cert": "", "ssconf": {}, "config": None}
    accident.raw["node2"]["ganeti"] = json.dumps(stored)
    assert accident.situations[0] == "blank" and "noded" not in accident.situations
    marked_offline(accident)
    assert accident.situations[0] == "rejoin"


def test_an_instance_that_runs_and_does_not_answer_may_still_be_starting() -> None:
    accident = Accident().down("inst1")
    situation = accident.situation("service")
    assert [way.id for way in situation.runbooks] == ["wait", "service"]
    assert not situation.stays
