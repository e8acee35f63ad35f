"""What a card has now that no file gives: the switch or the next boot would end it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.network import goal as goals
from steps.network import starts
from steps.network.commands import made, says
from steps.network.facts.kinds import BOND, VLAN
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.hooks import mentions
from steps.network.ifupdown import of_card
from steps.network.stanzas import Stanza, active, stanzas
from steps.network.switch import FLUSH, way_down
from wizard.answers import Node
from wizard.model.facts import Facts


def not_made(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Why a bond or a VLAN would not be there at boot."""
    if card.kind not in (BOND, VLAN):
        return
    if not _of(facts, node, card):
        yield f"no stanza makes it at boot, and a {card.kind} does not come by itself"
    elif not starts.is_made(facts.of(node.short, IFUPDOWN), card):
        yield f"no `auto` line makes it at boot, and a {card.kind} does not come by itself"


def _of(facts: Facts, node: Node, card: Card) -> list[Stanza]:
    """The stanzas of a card and its aliases."""
    files = facts.of(node.short, IFUPDOWN)
    read = [stanza for path in active(files) for stanza in stanzas(files[path])]
    return [stanza for stanza in read if of_card(stanza, card.name)]


def other_names(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Stanzas that configure the card under another name of it."""
    files = facts.of(node.short, IFUPDOWN)
    for path in active(files):
        for stanza in stanzas(files[path]):
            if stanza.configures(*card.altnames):
                yield f"{path}: `{' '.join(stanza.words)}` is another name of it: write {card.name}"
                continue
            for option in stanza.options:
                if any(mentions(option.value, name) for name in card.altnames):
                    yield f"{path}: `{option.line}` has another name of it: write {card.name}"


def unwritten(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Why the address of a card cannot move, by what the card has beside what its stanzas say."""
    files = facts.of(node.short, IFUPDOWN)
    mine = _of(facts, node, card)
    said = goals.card_words(files, card.name)
    leased = any(stanza.words[3] == "dhcp" for stanza in mine)
    for address in card.details:
        if address.scope != "global" or address.plain == str(node.ip):
            continue
        if not address.dynamic and not says(said, address.plain):
            yield f"it has {address.interface} too, which none of its stanzas gives"
    yield from _own_address(node, card, mine, said, leased)
    network = facts.of(node.short, NETWORK)
    yield from _of_routes(network, card, mine)
    yield from _made_again(network, mine)
    yield from _not_there(files, card, mine)
    if leased and way_down(network, files, card) == FLUSH:
        yield (
            "its address comes by DHCP, and a bond, a VLAN or a card with VLANs is not taken down "
            "to end that; give it a fixed address"
        )


def _of_routes(network: Network, card: Card, mine: list[Stanza]) -> Iterator[str]:
    """Routes that could not be given to the bridge as they are."""
    if card.name in network.strange_routes:
        yield "it has a route that is not understood (several gateways, a gateway of IPv6, …)"
    own = [route for route in network.routes if route.device == card.name]
    for program in dict.fromkeys(route.daemon for route in own if route.daemon):
        yield f"it has routes that {program} maintains, which must be told of the bridge first"
    used = {route.gateway for route in own if route.destination == "default"}
    for stanza in mine:
        gateway = stanza.option("gateway").split()[:1]
        is_ipv4 = stanza.words[2] == "inet"
        if is_ipv4 and gateway and gateway[0] not in used and network.default_card:
            yield f"its stanza gives the gateway {gateway[0]}, to which no default route leads now"


def _not_there(files: Mapping[str, str], card: Card, mine: list[Stanza]) -> Iterator[str]:
    """Addresses that stanzas give at boot and that the card has not got: nobody asked for them."""
    read = [stanza for path in active(files) for stanza in stanzas(files[path])]
    up = "\n".join(address.plain for address in card.details)
    for stanza in mine:
        given = stanza.option("address").split()[:1]
        comes = stanza.words[1] == card.name or starts.is_started(read, stanza.words[1])
        if comes and given and not says(up, given[0].partition("/")[0]):
            yield f"`{' '.join(stanza.words)}` gives {given[0]}, which it has not got now"


def _made_again(network: Network, mine: list[Stanza]) -> Iterator[str]:
    """Interfaces that a hook makes, and that are there already when the bridge's stanza does."""
    for stanza in mine:
        for option in stanza.options:
            ups = option.name in ("pre_up", "up", "post_up")
            for name in made(option.value) if ups else ():
                there = network.card(name)
                if there and not there.below:
                    yield f"`{option.line}` would make {name} once more: let it fail (`|| true`)"


def in_scripts(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Scripts that ifup(8) runs for every interface and files of sysctl(8) that name the card."""
    for path, name in facts.of(node.short, NETWORK).owners.scripts:
        if name in (card.name, *card.altnames):
            yield f"{path} names {name}, and whether the bridge needs that is not understood"


def other_purpose(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Addresses that a card without the node's one is to have by its stanzas."""
    mine = _of(facts, node, card)
    if any(stanza.interface.partition("/")[0] == str(node.ip) for stanza in mine):
        return
    for stanza in mine:
        given = stanza.option("address")
        if given:
            yield f"its stanza gives {given}, which is not the node's address"


def _own_address(
    node: Node, card: Card, mine: list[Stanza], said: str, leased: bool
) -> Iterator[str]:
    """The node's own address, where its stanzas say something else."""
    own = next((address for address in card.details if address.plain == str(node.ip)), None)
    if own is None:
        yield f"what ip(8) says of {node.ip} is not understood"
        return
    given = [stanza.interface for stanza in mine if stanza.interface.startswith(f"{node.ip}/")]
    if own.peer and not mine:
        yield f"{own.interface} has the other end {own.peer}, which no stanza gives"
    if mine and not given and not leased and not says(said, str(node.ip)):
        yield f"none of its stanzas gives {own.interface}, which it has"
    for interface in given:
        if interface != own.interface:
            yield f"it has {own.interface} now, and its stanza says {interface}"
