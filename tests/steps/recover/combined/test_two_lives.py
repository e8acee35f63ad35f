"""Both nodes came back from different lives of the configuration, and nobody leads."""

from __future__ import annotations

import json

import pytest

from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.test_situations import runbook
from wizard.model.recovery import Runbook

IPS = {"node1": "192.168.0.111", "node2": "192.168.0.112"}


def live(
    accident: Accident, host: str, *, master: str, serial: int = 0, barred: str = ""
) -> Accident:
    """The copy on a host names a master, has a serial, and has a node marked offline."""
    stored = json.loads(accident.raw[host]["ganeti"])
    config = stored["config"]
    for node in config["nodes"]:
        if node["name"] == f"{master}.name.org":
            config["master"] = node["uuid"]
        if node["name"] == f"{barred}.name.org":
            node["offline"] = True
    config["serial"] = serial or config["serial"]
    stored["ssconf"]["master_node"] = [f"{master}.name.org"]
    accident.raw[host]["ganeti"] = json.dumps(stored)
    return accident


def note(accident: Accident, host: str, master: str, former: str, *, ago: int) -> None:
    """A takeover's note on a host."""
    fact = "lineage" if host in IPS else "configuration-copies"
    told = {"version": 1, "master": f"{master}.name.org", "former": f"{former}.name.org"}
    head, sign, _ = accident.raw[host][fact].partition("== takeover\n")
    accident.raw[host][fact] = f"{head}{sign}{json.dumps({**told, 'time': NOW - ago})}\n"


def two_lives(*, barred: str = "") -> Accident:
    """node2 took over from node1, which went on counting; both restarted since."""
    accident = live(Accident(), "node1", master="node1", serial=60)
    live(accident, "node2", master="node2", serial=50, barred=barred)
    for host, address in IPS.items():
        accident.raw[host]["ganeti-running"] = accident.running(address, "noded")
    return accident


def way(accident: Accident) -> Runbook:
    return runbook(accident.situation("no-master"), "start-later")


def test_nobody_is_said_to_be_back_where_nobody_leads() -> None:
    accident = two_lives()
    situation = accident.situation("no-master")
    assert "rejoin" not in accident.situations
    assert "both taken for it" in situation.title
    told = "\n".join(evidence.what for evidence in situation.evidence)
    assert "configuration 60; names node1 as master" in told
    assert "configuration 50; names node2 as master" in told


def test_a_higher_serial_alone_makes_nobody_master() -> None:
    assert two_lives().situation("no-master").runbooks[0].id == "ask"
    refused = way(two_lives())
    assert "serials order one master's life only" in refused.refused
    assert not any("voting" in word.text for word in refused.words)


@pytest.mark.parametrize("by", ["note", "mark"])
def test_whoever_took_over_starts_without_a_vote_that_it_cannot_win(by: str) -> None:
    accident = two_lives(barred="node1" if by == "mark" else "")
    if by == "note":
        note(accident, "backup", "node2", "node1", ago=3600)
    start = way(accident)
    assert start.offered
    typed = [(word.host, word.text) for word in start.words if word.command and word.host]
    started = ("node2", "/usr/lib/ganeti/daemon-util start ganeti-luxid --no-voting --yes-do-it")
    assert started in typed
    assert ("node2", "gnt-node modify -f -O yes node1.name.org") in typed
    assert not any("restart" in text for _, text in typed)


def test_a_node_that_is_offline_for_the_one_master_is_no_second_life() -> None:
    accident = Accident()
    for host, address in IPS.items():
        live(accident, host, master="node1", barred="node2" if host == "node1" else "")
        accident.raw[host]["ganeti-running"] = accident.running(address, "noded")
    # An offline node votes as well (Ganeti 3.0.2, Rpc.hs, RpcCallMasterNodeName).
    start = runbook(accident.situation("no-master"), "start-master")
    assert start.offered and "service ganeti start" in [word.text for word in start.words]


def test_while_somebody_leads_the_other_one_is_back() -> None:
    accident = two_lives(barred="node1")
    accident.raw["node2"]["ganeti-running"] = Accident.running(
        IPS["node2"], "luxid", "wconfd", "noded", cluster=True, vote="unvoted"
    )
    assert "rejoin" in accident.situations
    assert "no-master" not in accident.situations


def led_by_node2(*, serial: int) -> Accident:
    accident = two_lives(barred="node1")
    live(accident, "node1", master="node1", serial=serial)
    accident.raw["node2"]["ganeti-running"] = Accident.running(
        IPS["node2"], "luxid", "wconfd", "noded", cluster=True, vote="unvoted"
    )
    return accident


def test_what_an_old_master_did_on_its_own_is_said_to_be_given_up() -> None:
    accident = led_by_node2(serial=60)
    stored = json.loads(accident.raw["node1"]["ganeti"])
    own = {**stored["config"]["instances"][0], "name": "test2.name.org", "disks": []}
    own["uuid"] = "dead0000-0000-4000-8000-00000000000f"
    stored["config"]["instances"].append(own)
    accident.raw["node1"]["ganeti"] = json.dumps(stored)
    told = "\n".join(one.what for one in accident.situation("rejoin").evidence)
    assert "it went on counting, to more than the 50 in force" in told
    assert "has an instance test2.name.org, which the cluster does not know" in told


def test_an_old_master_that_did_nothing_on_its_own() -> None:
    told = [one.what for one in led_by_node2(serial=40).situation("rejoin").evidence]
    assert not any("went on counting" in what or "has an instance" in what for what in told)
