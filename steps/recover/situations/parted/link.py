"""Situation 7: the nodes answer the wizard, and not each other: a cable, a bridge, a filter?

Where the nodes have second addresses, DRBD replicates over those (gnt-cluster(8), init,
--secondary-ip), and Ganeti talks over the first ones: each way may be cut alone.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from steps.recover.addresses import NODED, SECOND, SSH, Address, addresses
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.presence import PRESENCE, Heard, Heeded
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, by_hand, on, wait
from steps.recover.views import addresses_of, hears_nobody_else, other_machines
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


@dataclass(frozen=True)
class Way:
    """What one node hears of another one: by ping and ARP, and by its ports."""

    place: str
    address: Address
    """Of the other one, which is the owner."""
    view: Heeded
    heard: Heard

    @property
    def peer(self) -> str:
        """The other one."""
        return self.address.owner

    @property
    def replicates(self) -> bool:
        """Whether it is the way of DRBD alone."""
        return self.address.kind == SECOND

    @property
    def near(self) -> bool:
        """Whether it was heard as a neighbour is: a port alone may be opened another way round."""
        return bool(self.heard.pings or self.heard.macs)

    @property
    def filtered(self) -> bool:
        """Whether its ssh answers and noded's port says nothing: a closed port would refuse."""
        ports = dict(self.heard.ports)
        ssh_answers = ports.get(SSH) == "open"
        return ssh_answers and ports.get(NODED) in ("silent", "no route")

    @property
    def mute(self) -> bool:
        """Whether it is there by ARP alone, and nothing above that gets through."""
        if self.heard.pings or not self.heard.macs:
            return False
        states = [state for _, state in self.heard.ports]
        return "open" not in states and "refused" not in states

    @property
    def broken(self) -> bool:
        """Whether Ganeti and DRBD cannot get through."""
        return not self.near or self.filtered or self.mute

    @property
    def told(self) -> str:
        """It in words."""
        peer = f"{self.peer} at {self.address.ip}"
        if self.filtered and self.near:
            return f"{peer}: port {NODED} is silent, port {SSH} is open"
        if self.heard.signs:
            signs = ", ".join(self.heard.signs)
            return f"{peer}: {signs}, and nothing else"
        return f"hears nothing of {peer}"


def link(scene: Scene) -> Iterator[Situation]:
    """Nodes answer the wizard and not each other."""
    ways = list(_ways(scene))
    broken = [way for way in ways if way.broken]
    if not broken:
        return
    evidence = [scene.evidence(PRESENCE, way.place, way.told) for way in broken]
    evidence += _addresses(scene, broken)
    patience = wait("A switch that only restarts is back by itself, and DRBD connects again.", 5)
    takeover = Runbook(
        "takeover",
        "Take one node for dead",
        (),
        refused="both are alive: each would go on writing to its own copy",
        lifted="one of them is without power",
    )
    title = "the nodes answer, and do not hear each other"
    if all(way.replicates for way in broken):
        title += " at their second addresses, over which DRBD replicates"
    yield Situation(
        "link",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        (patience, _mend(scene, ways, broken), takeover),
    )


def _ways(scene: Scene) -> Iterator[Way]:
    """From each node that answers to each address of each other one."""
    for place in scene.answering:
        view = scene.read(place, PRESENCE)
        if view is None:
            continue
        for address in addresses(scene.answers, place):
            if address.kind not in ("node", SECOND) or address.owner not in scene.answering:
                continue
            heard = view.heard.get(address.ip)
            if heard is not None and not _carries(scene, place, address):
                yield Way(place, address, view, heard)


def _carries(scene: Scene, place: str, address: Address) -> bool:
    """Whether DRBD is connected over that way, so that it cannot be cut, whatever a filter lets
    through of ping and ssh.
    """
    if address.kind != SECOND:
        return False
    return place in [host for host, _ in scene.connected_to(address.owner)]


def _addresses(scene: Scene, broken: list[Way]) -> Iterator[Evidence]:
    for place, address in _without_address(scene, broken):
        what = f"does not have its own address {address.ip}"
        yield scene.evidence(RUNNING, place, what)


def _without_address(scene: Scene, broken: list[Way]) -> list[tuple[str, Address]]:
    """The nodes on either end of a broken way that lost their address in that network."""
    ends = []
    for way in broken:
        kind = way.address.kind
        for host in (way.place, way.peer):
            ends += [(host, one) for one in addresses_of(scene, host) if one.kind == kind]
    lost = []
    for host, address in dict.fromkeys(ends):
        running = scene.read(host, RUNNING)
        if running is None or not running.addresses:
            # Not seen is not lost.
            continue
        if address.ip not in running.addresses:
            lost.append((host, address))
    return lost


def _mend(scene: Scene, ways: list[Way], broken: list[Way]) -> Runbook:
    words = []
    for text in dict.fromkeys(_causes(scene, ways, broken)):
        words.append(by_hand(text))
    for host in dict.fromkeys(way.place for way in broken):
        for look in _looks(scene, [way for way in broken if way.place == host]):
            words.append(on(host, look, Danger.READ))
    words.append(Word(LOOK_AGAIN, command=True))
    words.append(by_hand("Once they hear each other: the copies are connected by `reconnect`."))
    return Runbook("link", "Mend the network between the nodes", tuple(words))


def _looks(scene: Scene, broken: list[Way]) -> Iterator[str]:
    """What shows where the broken ways of one node begin."""
    bridge = shlex.quote(scene.answers.bridge.name)
    for way in broken:
        if way.replicates:
            # Which card a second address goes by, no answer says.
            yield f"ip -br link; ip route get {shlex.quote(way.address.ip)}"
        else:
            yield f"ip -br link; ip -br address show {bridge}"
    yield "nft list ruleset"


def _causes(scene: Scene, ways: list[Way], broken: list[Way]) -> Iterator[str]:
    """Where to look first, by what came from each address and what did not."""
    bridge = scene.answers.bridge.name
    lost = _without_address(scene, broken)
    for host, address in lost:
        card = f"The bridge {bridge} of {host}"
        if address.kind == SECOND:
            card = f"The card of {host} for {address.ip}"
        yield f"{card} is down or lost its address: begin there."
    for way in broken:
        if not way.view.arp and not way.replicates:
            yield f"{way.place} cannot ask by ARP: is its bridge {bridge} there?"
        back = _back(ways, way)
        if way.filtered or way.mute:
            yield (
                f"{way.peer} answers {way.place} by {_by(way)} and not otherwise: a packet filter, "
                f"on one of the two."
            )
        elif back is not None and not back.broken:
            yield (
                f"{way.peer} hears {way.place}, and not the other way: a packet filter on "
                f"{way.place}, or a cable that carries one way only."
            )
        elif way.replicates:
            if not lost:
                yield _between_cards(way)
        elif _is_cut_off(scene, way):
            yield (
                f"{way.place} hears no machine at all: its cable, its switch port, or its bridge "
                f"{bridge}."
            )
        elif back is not None and not lost and not _is_cut_off(scene, back):
            yield _between(scene, way)


def _is_cut_off(scene: Scene, way: Way) -> bool:
    """Whether the listening end hears no other machine of its network either."""
    return hears_nobody_else(scene, way.place, way.view, way.peer)


def _between(scene: Scene, way: Way) -> str:
    """Both ends have their address, and at neither is the cause."""
    others = ", and both hear somebody else"
    if not other_machines(scene, way.place, way.peer):
        others = ""
    return (
        f"Neither hears the other{others}: what lies between the two, a cable, a switch, "
        "a VLAN; ARP passes every packet filter."
    )


def _between_cards(way: Way) -> str:
    """The network of replication has no third machine that could tell more."""
    first, second = sorted((way.place, way.peer))
    return (
        f"{first} and {second} do not hear each other at their second addresses: the cable or the "
        "switch between those cards. Until then no copy can be connected."
    )


def _by(way: Way) -> str:
    """What of the other end gets through."""
    parts = []
    if way.heard.pings:
        parts.append("ping")
    if way.heard.macs:
        parts.append("ARP")
    if way.filtered:
        parts.append("ssh")
    return " and ".join(parts)


def _back(ways: list[Way], way: Way) -> Way | None:
    """The same way as the other end hears it."""
    for other in ways:
        crossed = other.place == way.peer and other.peer == way.place
        if crossed and other.address.kind == way.address.kind:
            return other
    return None
