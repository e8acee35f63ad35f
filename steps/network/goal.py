"""The bridge that a node is to have: which card, and what goes along with the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from steps.network.commands import DEFAULT, AddedRoute, canonical, routes_added
from steps.network.facts.kinds import BOND, CARD, VLAN
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.facts.routes import Route
from steps.network.interfaces.wanted import Wanted
from steps.network.stanzas import Files, Stanza, all_stanzas, of_card, own_stanzas
from wizard.answers import Answers, Node
from wizard.model.facts import Facts

UNDER_A_BRIDGE = (CARD, BOND, VLAN)
"""What can be a bridge's port and carries on what it had (ip-link(8))."""
_OWN_NETWORK = 30
"""The longest prefix of a network that instances and the cluster's address have room in."""


def wanted(answers: Answers, facts: Facts, node: Node) -> Wanted:
    """The bridge as this node is to have it: prefix, gateway and routes as the card has them now.

    The gateway only when the card carries the default route.
    """
    bridge = answers.bridge.name
    name = device(answers, facts, node)
    network = facts.of(node.short, NETWORK)
    files = facts.of(node.short, IFUPDOWN)
    card = network.card(name)
    routes = _Routes()
    moves = card is not None and str(node.ip) in card.plain
    if card and moves:
        routes = _moving_routes(network, files, card, bridge)
    gateway = ""
    if name and network.default_card in (name, bridge):
        gateway = network.gateway
    leased_servers: tuple[str, ...] = ()
    if is_leased(files, name):
        leased_servers = network.owners.name_servers
    return Wanted(
        bridge=bridge,
        card=name,
        interface=f"{node.ip}/{prefix(answers, facts, node)}",
        gateway=gateway,
        routes=routes.at_boot,
        routes_now=routes.now,
        name_servers=leased_servers,
        starts_card=_comes_first(network, card),
        keeps_mac=moves or _shares_mac(network, card, bridge),
    )


def _shares_mac(network: Network, card: Card | None, bridge: str) -> bool:
    """Whether a bridge that is there has the hardware address of its card: a switch may know the
    node by that one alone.
    """
    former = network.card(bridge)
    return card is not None and former is not None and former.mac == card.mac != ""


@dataclass(frozen=True)
class _Routes:
    """The routes that move along with an address, as commands of ip(8) for the bridge."""

    at_boot: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    """Those that another interface adds at boot: that one is up already."""


def _moving_routes(network: Network, files: Files, card: Card, bridge: str) -> _Routes:
    elsewhere = set(_said_by_others(files, card.name))
    at_boot: list[str] = []
    now: list[str] = []
    for route in _routes(network, files, card):
        words = route.replace(bridge, card.networks)
        if _key(route) in elsewhere:
            now.append(words)
        else:
            at_boot.append(words)
    return _Routes(tuple(at_boot), tuple(now))


def _comes_first(network: Network, card: Card | None) -> bool:
    """Whether a card has to be up before the bridge: to be made, or for the VLANs over it."""
    if card is None:
        return False
    vlans = network.over(card.name)
    return card.kind != CARD or bool(vlans)


def is_leased(files: Files, card: str) -> bool:
    """Whether a card is to get its IPv4 address by DHCP."""
    for stanza in own_stanzas(files, card):
        if stanza.family == "inet" and stanza.method == "dhcp":
            return True
    return False


def device(answers: Answers, facts: Facts, node: Node) -> str:
    """The card to use on a node: the operator's answer, or else what the node suggests."""
    return answers.bridge.device.get(node.short) or suggested(answers, facts, node)


def suggested(answers: Answers, facts: Facts, node: Node) -> str:
    """The bridge's own port, what has the node's address, or a free card, with a link if any has;
    "" for none.
    """
    network = facts.of(node.short, NETWORK)
    holder = network.having(str(node.ip))
    bridge = held(facts, node) or network.card(answers.bridge.name)
    ports = lower(network, bridge.name) if bridge else []
    if ports:
        return ports[0]
    if holder and holder.bridge:
        # Instances may be routed to, over a bridge without a port.
        return ""
    if holder:
        return holder.name
    free = [card for card in network.physical if is_free(network, card)]
    linked = [card for card in free if card.linked]
    if linked:
        return linked[0].name
    if free:
        return free[0].name
    return ""


_OF_AN_INSTANCE = re.compile(r"(?:vif|tap|vnet)\d")
"""Xen's, QEMU's and libvirt's names for an instance's end on the node."""


def lower(network: Network, bridge: str) -> list[str]:
    """The ports of a bridge that are no instances': they have to be there at boot."""
    card = network.card(bridge)
    if card is None:
        return []
    return [name for name in card.ports if _is_no_instances(network, name)]


def _is_no_instances(network: Network, name: str) -> bool:
    port = network.card(name)
    if port is None or port.kind not in UNDER_A_BRIDGE:
        return False
    return not _OF_AN_INSTANCE.match(name)


def is_free(network: Network, card: Card) -> bool:
    """Whether nothing uses a card, so that it may be offered unasked."""
    if not card.physical or card.wireless or card.no_port:
        return False
    if card.addresses or card.master:
        return False
    if card.name == network.default_card:
        return False
    others_over_it = network.over(card.name)
    other_program = network.taker(card.name)
    return not others_over_it and not other_program


def held(facts: Facts, node: Node) -> Card | None:
    """The bridge that has the node's address already: it is taken as it is."""
    network = facts.of(node.short, NETWORK)
    holder = network.having(str(node.ip))
    if holder is None or not holder.bridge:
        return None
    return holder


def prefix(answers: Answers, facts: Facts, node: Node) -> int:
    """The length of the prefix of a node's address: as it is, as a file says, or as answered."""
    seen = seen_prefix(facts, node)
    if seen:
        return seen
    stanza = next(of_address(facts, node), None)
    if stanza is None:
        return answers.bridge.prefix
    _, _, length = stanza.interface.partition("/")
    return int(length)


def seen_prefix(facts: Facts, node: Node) -> int:
    """The length of the prefix that a node's address has now; 0 when it is not up."""
    card = facts.of(node.short, NETWORK).having(str(node.ip))
    if card is None:
        return 0
    for interface in card.addresses:
        plain, _, length = interface.partition("/")
        if plain == str(node.ip):
            return int(length)
    return 0


def networks_prefix(facts: Facts, node: Node) -> int:
    """The same as far as it tells how large the network is: not that of a single address, which
    hosting networks give out (pointopoint), but 0.
    """
    seen = seen_prefix(facts, node)
    return seen if seen <= _OWN_NETWORK else 0


def of_address(facts: Facts, node: Node) -> Iterator[Stanza]:
    """The stanzas that give the node's address."""
    address = str(node.ip)
    files = facts.of(node.short, IFUPDOWN)
    for stanza in all_stanzas(files):
        if stanza.is_iface and stanza.address == address:
            yield stanza


class _Key(NamedTuple):
    """What makes two routes the same."""

    destination: str
    gateway: str
    """Of default routes alone, of which there may be several."""
    table: str


def _key(route: Route | AddedRoute) -> _Key:
    is_default = route.destination == DEFAULT
    gateway = route.gateway if is_default else ""
    return _Key(route.destination, gateway, route.table)


def _routes(network: Network, files: Files, card: Card) -> Iterator[Route]:
    """The routes of the card that nothing in its stanzas brings along."""
    said = set(_said_by_card(files, card.name))
    for route in network.routes:
        if route.device != card.name or route.comes_by_itself:
            continue
        if _is_default(route, network):
            continue
        # The kernel makes the route to the address's own network by itself.
        if route.is_leased and route.destination in card.networks:
            continue
        if _key(route) not in said:
            yield route


def _said_by_card(files: Files, card: str) -> Iterator[_Key]:
    """The routes that the stanzas of a card give."""
    for stanza in own_stanzas(files, card):
        gateway = stanza.first_word("gateway")
        if gateway:
            yield _Key(DEFAULT, canonical(gateway), "main")
        yield from _added(stanza)


def says_default(files: Files, interface: str, gateway: str) -> bool:
    """Whether the files give the default route by a gateway, in whatever stanza."""
    default = _Key(DEFAULT, canonical(gateway), "main")
    if default in _said_by_card(files, interface):
        return True
    return default in _said_by_others(files, interface)


def _said_by_others(files: Files, card: str) -> Iterator[_Key]:
    """The routes that the hooks of all other interfaces add."""
    for stanza in all_stanzas(files):
        if stanza.is_iface and not of_card(stanza, card):
            yield from _added(stanza)


def _added(stanza: Stanza) -> Iterator[_Key]:
    for hook in stanza.hooks:
        for route in routes_added(hook.value):
            yield _key(route)


def _is_default(route: Route, network: Network) -> bool:
    """Whether it is the default route that the bridge's stanza gives as `gateway`."""
    if not network.gateway or route.is_ipv6:
        return False
    if route.destination != DEFAULT or route.table != "main":
        return False
    return route.gateway == network.gateway


def card_words(files: Files, card: str) -> str:
    """All that the stanzas of a card and its aliases say, as one text."""
    lines: list[str] = []
    for stanza in own_stanzas(files, card):
        for option in stanza.options:
            lines.append(f"{option.name} {option.value}")
    return "\n".join(lines)
