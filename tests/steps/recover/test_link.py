"""Nodes that answer the wizard and not each other: where to look first, by what each one hears."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.cases import answers_of
from tests.steps.recover.accident import AFTER, Accident
from tests.steps.recover.test_situations import ALONE, WAITS, runbook

IPS = {"node1": "192.168.0.111", "node2": "192.168.0.112"}


def deaf(accident: Accident, place: str, *owners: str) -> None:
    """Let a node not hear these machines."""
    accident.silent = set(owners)
    accident.raw[place]["presence"] = accident._presence(place)
    accident.silent = set()


def cut(accident: Accident) -> None:
    deaf(accident, "node1", "node2")
    deaf(accident, "node2", "node1")


def unplugged(accident: Accident) -> None:
    deaf(accident, "node1", "node2")
    deaf(accident, "node2", "node1", "backup", "cluster", "inst1")


def unplugged_with_its_guest(accident: Accident) -> None:
    """Over its bridge it goes on hearing the instance that runs on it."""
    deaf(accident, "node1", "node2", "inst1")
    deaf(accident, "node2", "node1", "backup", "cluster")


def one_way(accident: Accident) -> None:
    deaf(accident, "node2", "node1")


def heard(accident: Accident, old: str, new: str) -> None:
    """Let node1 hear something else of node2."""
    text = accident._presence("node1")
    changed = re.sub(old, new, text)
    assert changed != text
    accident.raw["node1"]["presence"] = changed


def no_ping(accident: Accident) -> None:
    heard(accident, f"ping {IPS['node2']} ok", f"ping {IPS['node2']} no")
    heard_ports = accident.raw["node1"]["presence"].replace(
        f"port {IPS['node2']} 1811 open", f"port {IPS['node2']} 1811 silent"
    )
    accident.raw["node1"]["presence"] = heard_ports.replace(
        f"port {IPS['node2']} 22 open", f"port {IPS['node2']} 22 silent"
    )


def filtered(accident: Accident) -> None:
    heard(accident, f"port {IPS['node2']} 1811 open", f"port {IPS['node2']} 1811 silent")


def no_address(accident: Accident) -> None:
    cut(accident)
    accident.change("node2", "ganeti-running", f"{IPS['node2']}/24", "10.9.9.9/24")


def no_bridge(accident: Accident) -> None:
    cut(accident)
    accident.change("node2", "presence", "arp-able\n", "")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (cut, "what lies between the two, a cable, a switch, a VLAN"),
        (unplugged, "node2 hears no machine at all: its cable, its switch port, or its bridge"),
        (unplugged_with_its_guest, "node2 hears no machine at all: its cable"),
        (one_way, "node1 hears node2, and not the other way: a packet filter on node2, or a cable"),
        (no_ping, "node2 answers node1 by ARP and not otherwise: a packet filter"),
        (filtered, "node2 answers node1 by ping and ARP and ssh and not otherwise: a packet fil"),
        (no_address, "xenbr0 of node2 is down or lost its address"),
        (no_bridge, "node2 cannot ask by ARP: is its bridge xenbr0 there?"),
    ],
)
def test_the_cause_is_named(change: Callable[[Accident], None], cause: str) -> None:
    accident = Accident()
    change(accident)
    situation = accident.situation("link")
    assert situation.runbooks[0].id == "wait"
    mend = runbook(situation, "link")
    assert any(cause in word.text for word in mend.words), [word.text for word in mend.words]
    assert not mend.changes
    assert "reconnect" in mend.words[-1].text
    assert not runbook(situation, "takeover").offered


def test_without_a_third_machine_nobody_is_said_to_be_heard() -> None:
    accident = Accident()
    accident.answers = answers_of({})
    del accident.raw["backup"]
    cut(accident)
    words = [word.text for word in runbook(accident.situation("link"), "link").words]
    assert any(text.startswith("Neither hears the other: what lies between") for text in words)


def test_a_port_that_refuses_is_no_filter() -> None:
    accident = Accident()
    heard(accident, f"port {IPS['node2']} 1811 open", f"port {IPS['node2']} 1811 refused")
    assert "link" not in accident.situations


@pytest.mark.parametrize(
    ("told", "lives"),
    [
        ("drbd\ndrbd 0 Unknown\ndrbd 1 Unknown\ndrbd 2 Unknown\n", False),
        ("drbd\n", False),
        ("drbd\ndrbd 0 Unknown\ndrbd 1 Primary\ndrbd 2 Unknown\n", True),
        ("drbd 0 Unknown\n", True),
    ],
)
def test_replication_that_ended_while_it_was_looked_for_is_no_life(told: str, lives: bool) -> None:
    accident = Accident().down("node2")
    accident.raw["node1"]["presence"] = accident._presence("node1") + told
    assert ("hung" in accident.situations) is lives
    assert ("node-dead" in accident.situations) is not lives


SECOND = {"node1": "172.16.5.2", "node2": "172.16.5.3"}


def with_a_second_network(*, connected: bool = False) -> Accident:
    """DRBD replicates over addresses of its own, at which nobody hears the other one."""
    accident = Accident()
    for node in accident.answers.nodes:
        node.secondary_ip = SECOND[node.short]
        network = f"{SECOND[node.short]}/24 scope global eth1\n"
        accident.raw[node.short]["ganeti-running"] += f"3: eth1    inet {network}"
    if not connected:
        accident.drbd("node1", WAITS).drbd("node2", ALONE)
        accident.generations("node2", AFTER, "1:1:1:0:0:0:0")
    for place, peer in (("node1", "node2"), ("node2", "node1")):
        ip = SECOND[peer]
        text = accident._presence(place).replace(f"ping {ip} ok", f"ping {ip} no")
        text = text.replace(f"port {ip} 22 open", f"port {ip} 22 silent")
        accident.raw[place]["presence"] = re.sub(rf"arp {re.escape(ip)} .*\n", "", text)
    return accident


def test_a_cut_between_second_addresses_comes_before_the_copies() -> None:
    """An activation that cannot connect has Ganeti leave the disks alone (instance_storage.py)."""
    accident = with_a_second_network()
    assert accident.situations == ["link", "reconnect"]
    situation = accident.situation("link")
    assert "second addresses, over which DRBD replicates" in situation.title
    words = [word.text for word in runbook(situation, "link").words]
    cause = "node1 and node2 do not hear each other at their second addresses"
    assert any(text.startswith(cause) for text in words)
    assert "ip -br link; ip route get 172.16.5.3" in words
    assert not any("xenbr0" in text for text in words)
    assert not runbook(accident.situation("reconnect"), "reconnect").offered


def test_a_card_that_lost_its_second_address_is_named() -> None:
    accident = with_a_second_network().change("node2", "ganeti-running", "172.16.5.3", "10.9.9.9")
    words = [word.text for word in runbook(accident.situation("link"), "link").words]
    assert "The card of node2 for 172.16.5.3 is down or lost its address: begin there." in words


def test_what_drbd_is_connected_over_is_not_cut() -> None:
    """A filter on that network may let DRBD's own ports through alone."""
    assert with_a_second_network(connected=True).situations == []
