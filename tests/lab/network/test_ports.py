"""Trunk and access ports of the real switch: whose frames get where, and with which tag."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.lab.network import ether
from tests.lab.network.ether import Card
from tests.waiting import until
from wizard.lab.base.layout import CABLES, VLAN
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec, make_spec
from wizard.lab.network.ports import MOVE_AT_ONCE, ROUTER_PORT, port_of, switch_setup
from wizard.lab.network.switch import ensure_switch, stop_switch

SPEC = make_spec(backup=True, cards="bond-vlan")
MACS = {name: bytes([2, 0, 0, 0, 0, at]) for at, name in enumerate(("node1", "node2", "backup"))}
CARDS = ("node1", "node1:cluster2")
FIRST, SETTLED = 0, 255
"""Numbers of the frames that are sent until all cards hear, and of what comes behind them."""
LONGEST = 1500
"""Bytes that an Ethernet frame carries behind its header and its tag."""


def frame(source: str, target: str, number: int, size: int = 64) -> bytes:
    """A frame that nothing but its number tells from others."""
    to_mac = MACS.get(target, ether.BROADCAST)
    return to_mac + MACS[source] + b"\x88\xb5" + bytes([number]) * size


class Network:
    """A card at each port of the lab's switch: `node1`, `node1:cluster2`, `router` and so on."""

    def __init__(self, cards: dict[str, Card]) -> None:
        self._cards = cards

    def send(self, name: str, frame: bytes) -> None:
        """Send from there."""
        self._cards[name].send(frame)

    def plugged(self, name: str, sender: str, frame: bytes) -> None:
        """Send until something comes there: a card may not be plugged in yet."""

        def comes() -> bool:
            self.send(sender, frame)
            return self._cards[name].receive() != b""

        until(comes, f"{name} hears {sender}")

    def settle(self, sender: str, frame: bytes) -> None:
        """Until all that was sent there went through the switch, which keeps the order of each
        card: a late one would have its sender's address learnt there once more.
        """
        self.send(sender, frame)
        source = frame[6:12]

        def comes() -> bool:
            heard = self._cards["node2"].receive()
            return heard[6:12] == source and heard[-1] == SETTLED

        until(comes, f"node2 hears the last of {sender}")

    def next(self, name: str) -> bytes:
        """What comes next there, but for what was sent until all were plugged in."""
        heard: list[bytes] = []

        def comes() -> bool:
            heard.append(self._cards[name].receive())
            return heard[-1] != b"" and heard[-1][-1] not in (FIRST, SETTLED)

        until(comes, f"a frame at {name}")
        return heard[-1]


def ports(spec: LabSpec) -> dict[str, int]:
    """Each end of the network with its port."""
    found = {"router": ROUTER_PORT}
    for node in spec.nodes:
        for cable in spec.cables(node):
            name = node.name if cable == CABLES[0] else f"{node.name}:{cable}"
            found[name] = port_of(node, cable)
    return found


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """The switch with all its cards plugged in."""
    paths = LabPaths(tmp_path)
    try:
        ensure_switch(paths, switch_setup(SPEC))
        with ExitStack() as stack:
            cards = {
                name: stack.enter_context(ether.plug(paths.switch, port))
                for name, port in ports(SPEC).items()
            }
            made = Network(cards)
            for name in cards:
                sender = "backup" if name != "backup" else "node1"
                first = frame(sender, "all", FIRST)
                wrapped = ether.tagged(first, VLAN) if sender == "node1" else first
                made.plugged(name, sender, wrapped)
            made.settle("backup", frame("backup", "all", SETTLED))
            made.settle("node1", ether.tagged(frame("node1", "all", SETTLED), VLAN))
            yield made
    finally:
        stop_switch(paths)


def test_each_end_has_a_port_of_its_own() -> None:
    found = ports(make_spec(nodes=3, backup=True, cards="bond-vlan"))
    assert len(set(found.values())) == len(found) == 8
    assert max(found.values()) <= 32, "as many as vde_switch has"
    assert switch_setup(make_spec(nodes=3)) == switch_setup(make_spec(backup=True)) == []
    assert switch_setup(make_spec(cards="bond")) == [MOVE_AT_ONCE]


def test_tags_stay_between_machines_and_end_at_access_ports(network: Network) -> None:
    sent = frame("node1", "all", 1)
    network.send("node1", ether.tagged(sent, VLAN))
    for name in ("node2", "node2:cluster2", "node1:cluster2"):
        assert network.next(name) == ether.tagged(sent, VLAN)
    for name in ("backup", "router"):
        assert network.next(name)[: len(sent)] == sent
    back = frame("backup", "node1", 2)
    network.send("backup", back)
    assert network.next("node1")[: len(back) + 4] == ether.tagged(back, VLAN), "its port is known"
    longest = frame("node1", "backup", 3, LONGEST)
    network.send("node1", ether.tagged(longest, VLAN))
    assert network.next("backup") == longest, "a whole packet behind its tag"


def test_frames_of_no_vlan_or_another_one_end_at_the_switch(network: Network) -> None:
    sent = frame("node1", "all", 4)
    network.send("node1", sent)
    for vlan in (0, 1, VLAN + 1, 4094, 4095):
        network.send("node1", ether.tagged(sent, vlan))
    last = frame("node1", "all", 5)
    network.send("node1", ether.tagged(last, VLAN))
    for name in ("node2", "backup", "router"):
        assert last in network.next(name).replace(b"\x81\x00\x00\x0a", b""), "and nothing before it"


def test_a_bond_that_changes_its_card_is_found_behind_the_other_at_once(network: Network) -> None:
    for number, (old, new) in enumerate((CARDS, CARDS[::-1]), start=6):
        for name in (old, new):
            spoken = ether.tagged(frame("node1", "all", number), VLAN)
            network.send(name, spoken)
            assert network.next("node2") == spoken
        answer = ether.tagged(frame("node2", "node1", number), VLAN)
        network.send("node2", answer)
        last = ether.tagged(frame("node2", "all", number), VLAN)
        network.send("node2", last)
        assert network.next(new)[:6] == ether.BROADCAST, "what the other card said"
        assert network.next(old)[:6] == ether.BROADCAST
        assert network.next(new) == answer
        assert network.next(new) == network.next(old) == last, "and nothing else behind the old one"
