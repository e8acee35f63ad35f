"""The bridge that a node is to have: which card, and what goes along with the address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from steps.network.commands import DEFAULT, canonical, routes_added
from steps.network.facts.kinds import BOND, CARD, VLAN
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.facts.routes import Route
from steps.network.ifupdown import Wanted, of_card
from steps.network.options import HOOKS
from steps.network.stanzas import Stanza, active, stanzas
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
    carries_route = bool(name) and network.default_card in (name, bridge)
    card = network.card(name)
    moves = card is not None and str(node.ip) in card.plain
    routes = list(_routes(network, files, name)) if moves else []
    elsewhere = set(_said_routes(files, name, by_others=True))
    own = card.networks if card else frozenset()
    return Wanted(
        bridge=bridge,
        card=name,
        interface=f"{node.ip}/{prefix(answers, facts, node)}",
        gateway=network.gateway if carries_route else "",
        routes=tuple(r.replace(bridge, own) for r in routes if _key(r) not in elsewhere),
        routes_now=tuple(r.replace(bridge, own) for r in routes if _key(r) in elsewhere),
        name_servers=network.owners.name_servers if is_leased(files, name) else (),
        starts_card=card is not None and (card.kind != CARD or bool(network.over(name))),
        keeps_mac=moves,
    )


def is_leased(files: Mapping[str, str], card: str) -> bool:
    """Whether a card is to get its IPv4 address by DHCP."""
    read = [stanza for path in active(files) for stanza in stanzas(files[path])]
    return any(of_card(s, card) and s.words[2:4] == ("inet", "dhcp") for s in read)


def device(answers: Answers, facts: Facts, node: Node) -> str:
    """The card to use on a node: the operator's answer, or else what the node suggests."""
    return answers.bridge.device.get(node.short) or suggested(answers, facts, node)


def suggested(answers: Answers, facts: Facts, node: Node) -> str:
    """The bridge's own port, what has the node's address, or a free card, with a link if any has;
    "" for none.
    """
    network = facts.of(node.short, NETWORK)
    holder = network.having(str(node.ip))
    bridge = holder if holder and holder.bridge else network.card(answers.bridge.name)
    ports = lower(network, bridge.name) if bridge else []
    if ports:
        return ports[0]
    if holder:
        # Instances may be routed to, over a bridge without a port.
        return "" if holder.bridge else holder.name
    free = [card for card in network.physical if is_free(network, card)]
    linked = [card for card in free if card.linked]
    return next((card.name for card in (*linked, *free)), "")


_OF_AN_INSTANCE = re.compile(r"(?:vif|tap|vnet)\d")
"""Xen's, QEMU's and libvirt's names for an instance's end on the node."""


def lower(network: Network, bridge: str) -> list[str]:
    """The ports of a bridge that are no instances': they have to be there at boot."""
    card = network.card(bridge)
    ports = [network.card(port) for port in card.ports] if card else []
    own = [port.name for port in ports if port and port.kind in UNDER_A_BRIDGE]
    return [name for name in own if not _OF_AN_INSTANCE.match(name)]


def is_free(network: Network, card: Card) -> bool:
    """Whether nothing uses a card, so that it may be offered unasked."""
    used = (
        card.addresses
        or card.master
        or card.wireless
        or card.name == network.default_card
        or network.over(card.name)
        or network.taker(card.name)
        or card.no_port
    )
    return card.physical and not used


def held(facts: Facts, node: Node) -> Card | None:
    """The bridge that has the node's address already: it is taken as it is."""
    holder = facts.of(node.short, NETWORK).having(str(node.ip))
    return holder if holder and holder.bridge else None


def prefix(answers: Answers, facts: Facts, node: Node) -> int:
    """The length of the prefix of a node's address: as it is, as a file says, or as answered."""
    seen = seen_prefix(facts, node)
    if seen:
        return seen
    for stanza in of_address(facts, node):
        return int(stanza.interface.partition("/")[2])
    return answers.bridge.prefix


def seen_prefix(facts: Facts, node: Node) -> int:
    """The length of the prefix that a node's address has now; 0 when it is not up."""
    card = facts.of(node.short, NETWORK).having(str(node.ip))
    if card is None:
        return 0
    interface = card.addresses[card.plain.index(str(node.ip))]
    return int(interface.partition("/")[2])


def networks_prefix(facts: Facts, node: Node) -> int:
    """The same as far as it tells how large the network is: not that of a single address, which
    hosting networks give out (pointopoint), but 0.
    """
    seen = seen_prefix(facts, node)
    return seen if seen <= _OWN_NETWORK else 0


def of_address(facts: Facts, node: Node) -> Iterator[Stanza]:
    """The stanzas that give the node's address."""
    files = facts.of(node.short, IFUPDOWN)
    for path in active(files):
        for stanza in stanzas(files[path]):
            if stanza.is_iface and stanza.interface.partition("/")[0] == str(node.ip):
                yield stanza


def _routes(network: Network, files: Mapping[str, str], card: str) -> Iterator[Route]:
    """The routes of the card that nothing in its stanzas brings along."""
    said = set(_said_routes(files, card))
    holder = network.card(card)
    own = holder.networks if holder else frozenset()
    for route in network.routes:
        if route.device != card or route.comes_by_itself or _is_default(route, network):
            continue
        if route.is_leased and route.destination in own:
            continue
        if _key(route) not in said:
            yield route


def _key(route: Route) -> tuple[str, str, str]:
    """What makes two routes the same: of default routes there may be several."""
    return route.destination, route.gateway if route.destination == DEFAULT else "", route.table


def _said_routes(
    files: Mapping[str, str], card: str, *, by_others: bool = False
) -> Iterator[tuple[str, str, str]]:
    """The routes that the stanzas of a card give, or those that the hooks of all others add."""
    for path in active(files):
        for stanza in stanzas(files[path]):
            if not stanza.is_iface or of_card(stanza, card) is by_others:
                continue
            gateway = () if by_others else stanza.option("gateway").split()[:1]
            yield from ((DEFAULT, canonical(via), "main") for via in gateway)
            for option in stanza.options:
                added = routes_added(option.value) if option.name in HOOKS else ()
                for goes, via, table in added:
                    yield goes, via if goes == DEFAULT else "", table


def _is_default(route: Route, network: Network) -> bool:
    """Whether it is the default route that the bridge's stanza gives as `gateway`."""
    if route.destination != DEFAULT or route.is_ipv6 or not network.gateway:
        return False
    return route.gateway == network.gateway and route.table == "main"


def card_words(files: Mapping[str, str], card: str) -> str:
    """All that the stanzas of a card and its aliases say, as one text."""
    lines: list[str] = []
    for path in active(files):
        for stanza in stanzas(files[path]):
            if of_card(stanza, card):
                lines += [f"{option.name} {option.value}" for option in stanza.options]
    return "\n".join(lines)
