"""Why a card cannot go under the bridge, and what to do then."""

from __future__ import annotations

from steps.network.facts.kinds import BOND, VLAN
from steps.network.facts.net import Card, Network
from steps.network.goal import UNDER_A_BRIDGE
from steps.network.stanzas import MAIN
from wizard.answers import Answers, Node

_TAKEN = "a bridge that has the node's address is taken as it is"


def refusal(answers: Answers, network: Network, node: Node, card: Card) -> str:
    """Why a card cannot go under the bridge; "" when it can."""
    if card.kind not in UNDER_A_BRIDGE:
        return "it is no network card, no bond and no VLAN"
    if card.wireless:
        return "a wireless card cannot be part of a bridge"
    no_port = _no_port(network, card)
    if no_port:
        return no_port.no_port
    if card.master and card.master != answers.bridge.name:
        return f"it belongs to {card.master}"
    riders = _riders(network, card)
    if riders:
        # Each wants the one place at which the kernel hands over what arrives (rx_handler).
        return (
            f"{', '.join(riders)} over it (a macvlan, a tunnel that is bound to it, or the like) "
            "and a bridge exclude each other"
        )
    manager = network.taker(card.name)
    if manager:
        return f"{manager} manages it"
    if str(node.ip) in card.plain or card.master == answers.bridge.name:
        return ""
    if card.name == network.default_card:
        return (
            "it carries the default route and not the node's address: taking it away would "
            "cut the node off"
        )
    if card.addresses:
        return f"it has other addresses: {', '.join(card.addresses)}"
    return ""


def _no_port(network: Network, card: Card) -> Card | None:
    """What no bridge can have as a port, of a card and all that it lies over."""
    whole = [card, *(network.card(name) for name in network.under(card.name))]
    return next((lower for lower in whole if lower and lower.no_port), None)


def _riders(network: Network, card: Card) -> list[str]:
    """What lies over a card and is no VLAN."""
    return [name for name in network.over(card.name) if _is_no_vlan(network, name)]


def _is_no_vlan(network: Network, name: str) -> bool:
    card = network.card(name)
    return card is not None and card.kind != VLAN


def mend(answers: Answers, network: Network, node: Node, card: Card) -> str:
    """What to do about a refused card. Where it has the node's address no other card will do."""
    manager = network.taker(card.name)
    serves = str(node.ip) in card.plain
    if serves:
        first = _first_of_all(network, card)
        if first:
            return f"{first}, and look again"
        return _mend_where_it_is(answers.bridge.name, card.name, manager, network.owners.netplan)
    if manager == "NetworkManager":
        return (
            f"nmcli device set {card.name} managed no, and name the card in {MAIN}; or choose "
            "another card"
        )
    if manager == "systemd-networkd":
        return (
            f"remove {card.name} from /etc/systemd/network and /etc/netplan, restart "
            "systemd-networkd; or choose another"
        )
    return "choose another card"


def _first_of_all(network: Network, card: Card) -> str:
    """What must change of a card before anybody makes a working bridge over it; "" for nothing."""
    no_port = _no_port(network, card)
    if card.wireless or (no_port and no_port.kind != BOND):
        return "give the node's address to a card that can be part of a bridge"
    if no_port:
        return f"give {no_port.name} one of these modes (`bond-mode` in {MAIN}, or who makes it)"
    riders = _riders(network, card)
    if riders:
        deleted = "; ".join(f"ip link delete {name}" for name in riders)
        return (
            f"take away what lies over {card.name} ({deleted}) and what makes it at boot; it can "
            "come back over the bridge"
        )
    return ""


def _mend_where_it_is(bridge: str, card: str, manager: str, has_netplan: bool) -> str:
    if manager and has_netplan:
        return (
            f"let netplan make the bridge and look again: `bridges: {bridge}: interfaces: "
            f"[{card}]` with the address in /etc/netplan, then `netplan try`, which goes back by "
            f"itself; {_TAKEN}"
        )
    if manager == "NetworkManager":
        return (
            f"let NetworkManager make it (nmcli connection add type bridge ifname {bridge} with "
            f"the address, then type bridge-slave ifname {card} master {bridge}) and look again: "
            f"{_TAKEN}"
        )
    if manager == "systemd-networkd":
        return (
            f"let it make the bridge and look again: a .netdev of Kind=bridge for {bridge}, "
            f"Bridge={bridge} for {card} and the address for {bridge} in /etc/systemd/network, or "
            f"`bridges:` in /etc/netplan if that is where it comes from; {_TAKEN}"
        )
    return f"make the bridge {bridge} with the address yourself and look again: {_TAKEN}"
