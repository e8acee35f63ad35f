"""What a card has now that no file gives: the switch or the next boot would end it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network import goal as goals
from steps.network.facts.net import BOND, IFUPDOWN, NETWORK, VLAN, Card
from steps.network.ifupdown import of_card
from steps.network.stanzas import Stanza, active, stanzas
from steps.network.switch import FLUSH, way_down
from wizard.answers import Node
from wizard.model.facts import Facts


def not_made(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Why a bond or a VLAN would not be there at boot."""
    files = facts.of(node.short, IFUPDOWN)
    has_stanza = any(
        of_card(stanza, card.name) for path in active(files) for stanza in stanzas(files[path])
    )
    if card.kind in (BOND, VLAN) and not has_stanza:
        yield f"no stanza makes it at boot, and a {card.kind} does not come by itself"


def other_names(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Stanzas that configure the card under another name of it."""
    files = facts.of(node.short, IFUPDOWN)
    for path in active(files):
        for stanza in stanzas(files[path]):
            if stanza.configures(*card.altnames):
                yield f"{path}: `{' '.join(stanza.words)}` is another name of it: write {card.name}"


def unwritten(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Why the address of a card cannot move, by what the card has beside what its stanzas say."""
    files = facts.of(node.short, IFUPDOWN)
    mine = [
        stanza
        for path in active(files)
        for stanza in stanzas(files[path])
        if of_card(stanza, card.name)
    ]
    said = goals.card_words(files, card.name)
    leased = any(stanza.words[3] == "dhcp" for stanza in mine)
    for address in card.details:
        if address.scope != "global" or address.plain == str(node.ip):
            continue
        if not address.dynamic and not goals.says(said, address.plain):
            yield f"it has {address.interface} too, which none of its stanzas gives"
    yield from _own_address(node, card, mine, said, leased)
    network = facts.of(node.short, NETWORK)
    if card.name in network.strange_routes:
        yield "it has a route that is not understood (several gateways, a gateway of IPv6, …)"
    if leased and way_down(network, files, card) == FLUSH:
        yield (
            "its address comes by DHCP, and a bond, a VLAN or a card with VLANs is not taken down "
            "to end that; give it a fixed address"
        )


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
    if mine and not given and not leased and not goals.says(said, str(node.ip)):
        yield f"none of its stanzas gives {own.interface}, which it has"
    for interface in given:
        if interface != own.interface:
            yield f"it has {own.interface} now, and its stanza says {interface}"
