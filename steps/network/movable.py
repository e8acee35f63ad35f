"""What a card has now that no file gives: the switch or the next boot would end it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from steps.network import goal as goals
from steps.network import starts
from steps.network.commands import DEFAULT, made, says
from steps.network.facts.kinds import BOND, VLAN
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.facts.routes import Address, Route
from steps.network.hooks import mentions
from steps.network.interfaces.again import addresses_apart, routes_nowhere
from steps.network.stanzas import (
    Files,
    Option,
    Stanza,
    all_stanzas,
    own_stanzas,
    placed_stanzas,
)
from steps.network.switch import FLUSH, way_down
from wizard.answers import Node
from wizard.model.facts import Facts

_USUAL_MTU = "1500"
"""Of Ethernet, which a card has where nothing gives another one."""
_MTU_OF_ROUTE = re.compile(r"\bmtu (?:lock )?(\d+)")
_RUN_BY_IFUP = ("pre_up", "up", "post_up")


@dataclass(frozen=True)
class _Seen:
    """What is known of the card that has a node's address."""

    ip: str
    """The node's address."""
    card: Card
    network: Network
    files: Files
    stanzas: list[Stanza]
    """The card's own and those of its aliases."""

    @property
    def is_leased(self) -> bool:
        """Whether DHCP gives it an address."""
        return any(stanza.method == "dhcp" for stanza in self.stanzas)

    @property
    def routes(self) -> list[Route]:
        """Those over the card."""
        every = self.network.routes
        return [route for route in every if route.device == self.card.name]

    def is_said(self, address: str) -> bool:
        """Whether any line of its stanzas has an address."""
        words = goals.card_words(self.files, self.card.name)
        return says(words, address)


def not_made(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Why a bond or a VLAN would not be there at boot, or a card not with its own address."""
    files = facts.of(node.short, IFUPDOWN)
    if card.kind not in (BOND, VLAN):
        yield from _addressed_late(files, card)
        return
    if not own_stanzas(files, card.name):
        missing = "stanza"
    elif not starts.is_made(files, card):
        missing = "`auto` line"
    elif starts.is_made_late(files, card):
        yield (
            f"it is made when its cards are detected, perhaps after the bridge: write `auto "
            f"{card.name}`"
        )
        return
    else:
        return
    yield f"no {missing} makes it at boot, and a {card.kind} does not come by itself"


def _addressed_late(files: Files, card: Card) -> Iterator[str]:
    """A hardware address that the card gets when it is detected: the bridge, which is to have the
    same, may come up before.
    """
    mine = own_stanzas(files, card.name)
    given = [stanza.option("hwaddress") for stanza in mine if stanza.option("hwaddress")]
    if not given or starts.is_started(all_stanzas(files), card.name):
        return
    if starts.is_detected(all_stanzas(files), card.name):
        yield (
            f"its `hwaddress {given[0]}` is set when it is detected, perhaps after the bridge: "
            f"write `auto {card.name}`"
        )


def other_names(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Stanzas that configure the card under another name of it."""
    files = facts.of(node.short, IFUPDOWN)
    for path, stanza in placed_stanzas(files):
        if stanza.configures(*card.altnames):
            yield f"{path}: `{stanza.first_line}` is another name of it: write {card.name}"
            continue
        for option in stanza.options:
            if _has_other_name(option, card):
                yield f"{path}: `{option.line}` has another name of it: write {card.name}"


def _has_other_name(option: Option, card: Card) -> bool:
    return any(mentions(option.value, name) for name in card.altnames)


def unwritten(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Why the address of a card cannot move, by what the card has beside what its stanzas say."""
    files = facts.of(node.short, IFUPDOWN)
    network = facts.of(node.short, NETWORK)
    mine = own_stanzas(files, card.name)
    seen = _Seen(str(node.ip), card, network, files, mine)
    yield from _of_root(seen)
    yield from _further_addresses(seen)
    yield from _own_address(seen)
    yield from _of_routes(seen)
    yield from _unused_gateways(seen)
    yield from _made_again(seen)
    yield from _added_again(seen)
    yield from _not_there(seen)
    yield from _leased_mtu(seen)
    if seen.is_leased and way_down(network, files, card) == FLUSH:
        yield (
            "its address comes by DHCP, and a bond, a VLAN or a card with VLANs is not taken down "
            "to end that; give it a fixed address"
        )


def _of_root(seen: _Seen) -> Iterator[str]:
    """A root file system that the switch itself would cut off: neither it nor its way back could be
    read any more (interfaces(5), no-auto-down).
    """
    root = seen.network.owners.root
    if root:
        yield f"this node's root file system comes over the network ({root})"


def _further_addresses(seen: _Seen) -> Iterator[str]:
    """Addresses beside the node's one that somebody gave by hand."""
    for address in seen.card.details:
        if not address.is_wide or address.plain == seen.ip:
            continue
        # Router advertisements and leases give those that are dynamic (ip-address(8)).
        if address.dynamic or seen.is_said(address.plain):
            continue
        yield f"it has {address.interface} too, which none of its stanzas gives"


def _own_address(seen: _Seen) -> Iterator[str]:
    """The node's own address, where its stanzas say something else."""
    own = _detail(seen.card, seen.ip)
    if own is None:
        yield f"what ip(8) says of {seen.ip} is not understood"
        return
    if not seen.stanzas:
        if own.peer:
            yield f"{own.interface} has the other end {own.peer}, which no stanza gives"
        if own.scope != "global":
            yield f"{own.interface} has the scope {own.scope}, which no stanza gives"
        return
    of_address = [stanza for stanza in seen.stanzas if stanza.address == seen.ip]
    comes_otherwise = seen.is_leased or seen.is_said(seen.ip)
    if not of_address and not comes_otherwise:
        yield f"none of its stanzas gives {own.interface}, which it has"
    for stanza in of_address:
        if stanza.interface != own.interface:
            yield f"it has {own.interface} now, and its stanza says {stanza.interface}"


def _detail(card: Card, plain: str) -> Address | None:
    """All that ip(8) says of one address of a card."""
    for address in card.details:
        if address.plain == plain:
            return address
    return None


def _of_routes(seen: _Seen) -> Iterator[str]:
    """Routes that could not be given to the bridge as they are."""
    if seen.card.name in seen.network.strange_routes:
        yield "it has a route that is not understood (several gateways, a gateway of IPv6, …)"
    programs = [route.daemon for route in seen.routes if route.daemon]
    for program in dict.fromkeys(programs):
        yield f"it has routes that {program} maintains, which must be told of the bridge first"


def _unused_gateways(seen: _Seen) -> Iterator[str]:
    """Gateways that its stanzas give while the node's default route goes another way."""
    if not seen.network.default_card:
        return
    used = [route.gateway for route in seen.routes if route.destination == DEFAULT]
    for stanza in seen.stanzas:
        if stanza.family != "inet":
            continue
        gateway = stanza.first_word("gateway")
        if gateway and gateway not in used:
            yield f"its stanza gives the gateway {gateway}, to which no default route leads now"


def _made_again(seen: _Seen) -> Iterator[str]:
    """Interfaces that a hook makes, and that are there already when the bridge's stanza does."""
    for option in _run_by_ifup(seen.stanzas):
        for name in made(option.value):
            there = seen.network.card(name)
            if there and not there.below:
                yield f"`{option.line}` would make {name} once more: let it fail (`|| true`)"


def _added_again(seen: _Seen) -> Iterator[str]:
    """Addresses of other interfaces and routes to nowhere that a hook adds: they are there, since
    the card is, and stay where no hook takes them back as the card goes down.
    """
    others = {*seen.network.loopback, *_of_others(seen)}
    for option in _run_by_ifup(seen.stanzas):
        addresses = addresses_apart(option.value, seen.card.name)
        known = [address for address in addresses if address in others]
        for what in (*known, *routes_nowhere(option.value)):
            if not _is_taken_back(seen, what):
                yield (
                    f"`{option.line}` would add {what} once more, which is an error: say `replace` "
                    "instead of `add`, or let it fail (`|| true`)"
                )


def _of_others(seen: _Seen) -> Iterator[str]:
    """The addresses of all other cards."""
    for card in seen.network.cards:
        if card.name != seen.card.name:
            for address in card.details:
                yield address.plain


def _is_taken_back(seen: _Seen, what: str) -> bool:
    """Whether a hook that runs as the card goes down names it."""
    if way_down(seen.network, seen.files, seen.card) == FLUSH:
        return False
    hooks = [hook for stanza in seen.stanzas for hook in stanza.hooks]
    return any(hook.name.endswith("down") and says(hook.value, what) for hook in hooks)


def _run_by_ifup(stanzas: list[Stanza]) -> Iterator[Option]:
    for stanza in stanzas:
        for option in stanza.options:
            if option.name in _RUN_BY_IFUP:
                yield option


def _not_there(seen: _Seen) -> Iterator[str]:
    """Addresses that stanzas give at boot and that the card has not got: nobody asked for them."""
    plain = [address.plain for address in seen.card.details]
    up = "\n".join(plain)
    for stanza in seen.stanzas:
        given = stanza.first_word("address")
        if not given or not _comes_at_boot(seen, stanza):
            continue
        address, _, _ = given.partition("/")
        if not says(up, address):
            yield f"`{stanza.first_line}` gives {given}, which it has not got now"


def _leased_mtu(seen: _Seen) -> Iterator[str]:
    """An MTU that comes with the lease (dhcp-options(5): interface-mtu), as in a cloud's or a
    hosting provider's network: without the lease large packets would be lost after the next boot.
    """
    words = goals.card_words(seen.files, seen.card.name).split()
    if not seen.is_leased or "mtu" in words:
        return
    for mtu in dict.fromkeys(_mtus(seen)):
        if mtu not in ("0", _USUAL_MTU):
            yield f"its lease gives an MTU of {mtu}, which none of its stanzas does: say it there"


def _mtus(seen: _Seen) -> Iterator[str]:
    """Those of the card, as dhclient(8) sets it, and of its routes, as dhcpcd(8) does (RTAX_MTU in
    its src/if-linux.c).
    """
    yield str(seen.card.mtu)
    for route in seen.routes:
        yield from _MTU_OF_ROUTE.findall(route.words)


def _comes_at_boot(seen: _Seen, stanza: Stanza) -> bool:
    """Whether a stanza counts at boot: the card's do, and those of aliases that are started."""
    if stanza.name == seen.card.name:
        return True
    read = all_stanzas(seen.files)
    return starts.is_started(read, stanza.name)


def in_scripts(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Scripts that ifup(8) runs for every interface, files of sysctl(8) and of daemons that name
    the card: a VRRP address, say, would wait for ever on a card that is a port by then.
    """
    names = (card.name, *card.altnames)
    network = facts.of(node.short, NETWORK)
    for path, name in network.owners.scripts:
        if name in names:
            yield f"{path} names {name}, and whether the bridge needs that is not understood"


def other_purpose(facts: Facts, node: Node, card: Card) -> Iterator[str]:
    """Addresses that a card without the node's one is to have by its stanzas."""
    files = facts.of(node.short, IFUPDOWN)
    mine = own_stanzas(files, card.name)
    if any(stanza.address == str(node.ip) for stanza in mine):
        return
    for stanza in mine:
        given = stanza.option("address")
        if given:
            yield f"its stanza gives {given}, which is not the node's address"
