"""Commands in the network files that want a network before the bridge has it; pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface

from steps.network.commands import routes_added
from steps.network.interfaces.wanted import Wanted
from steps.network.order import comes_before
from steps.network.stanzas import Files, Stanza, of_card, own_stanzas, placed_stanzas

_Network = IPv4Network | IPv6Network


def too_late(files: Files, after: Files, wanted: Wanted) -> Iterator[str]:
    """Commands of interfaces that come up before the bridge, and that want the card's networks;
    `after` are the files as they are to be.
    """
    networks = list(_networks(files, wanted))
    for path, stanza in placed_stanzas(files):
        if not _is_of_others(stanza, wanted):
            continue
        if comes_before(after, wanted.bridge, stanza.name):
            continue
        for hook in stanza.hooks:
            if _goes_through(hook.value, networks):
                yield (
                    f"{path}: `{hook.line}` of `{stanza.first_line}` wants the network "
                    f"of {wanted.card}, and the bridge comes up later: say it in its stanza"
                )


def _is_of_others(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether a stanza configures an interface that is neither the card nor the bridge."""
    if of_card(stanza, wanted.card) or stanza.configures(wanted.bridge):
        return False
    return stanza.is_iface


def _networks(files: Files, wanted: Wanted) -> Iterator[_Network]:
    """The networks that move: that of the address and all that stanzas of the card give."""
    yield ip_interface(wanted.interface).network
    for stanza in own_stanzas(files, wanted.card):
        yield from _network(stanza)


def _network(stanza: Stanza) -> Iterator[_Network]:
    """The network that a stanza gives, of IPv6 too; none where it is not understood."""
    given = stanza.option("address")
    mask = stanza.option("netmask")
    if mask:
        given += f"/{mask}"
    with suppress(ValueError):
        yield ip_interface(stanza.interface or given).network


def out_of_order(files: Files, wanted: Wanted) -> Iterator[str]:
    """Commands beside the node's address that go by one of a stanza before: the bridge's own stanza
    comes first.
    """
    before: list[_Network] = []
    for path, stanza in placed_stanzas(files):
        if not stanza.configures(wanted.card):
            continue
        if stanza.address != wanted.address:
            before += _network(stanza)
            continue
        for hook in stanza.hooks:
            if _goes_through(hook.value, before):
                yield (
                    f"{path}: `{hook.line}` goes by another address of {wanted.card}: say it "
                    "in the stanza of that one"
                )


def _goes_through(command: str, networks: list[_Network]) -> bool:
    """Whether a command adds a route by a gateway in one of these networks."""
    for route in routes_added(command):
        with suppress(ValueError):
            gateway = ip_address(route.gateway)
            if any(gateway in network for network in networks):
                return True
    return False
