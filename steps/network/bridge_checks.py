"""Which card goes under the bridge, what forbids it, and what is wrong with the bridge afterwards."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from steps.common import apt
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.ifupdown import MAIN, Wanted, configured
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding

NEEDED = ("bridge-utils", "ifupdown")


def wanted(answers: Answers, facts: Facts, node: Node) -> Wanted:
    """The bridge as this node is to have it; the gateway only when the card carries the default
    route now.
    """
    card = device(answers, facts, node)
    network = facts.of(node.short, NETWORK)
    gateway = (
        network.gateway if card and network.default_card in (card, answers.bridge.name) else ""
    )
    return Wanted(answers.bridge.name, card, f"{node.ip}/{answers.bridge.prefix}", gateway)


def device(answers: Answers, facts: Facts, node: Node) -> str:
    """The card to use on a node: the operator's answer, or else what the node suggests."""
    return answers.bridge.device.get(node.short) or suggested(answers, facts, node)


def suggested(answers: Answers, facts: Facts, node: Node) -> str:
    """The bridge's own card, the one with the node's address, or a free one, with a link if any
    has; "" for none.
    """
    network = facts.of(node.short, NETWORK)
    bridge = network.card(answers.bridge.name)
    ports = [c for c in network.cards if bridge and c.name in bridge.ports and c.physical]
    having = network.having(str(node.ip))
    free = [c for c in network.cards if not c.addresses and not refusal(answers, network, node, c)]
    linked = sorted(free, key=lambda card: card.carrier != "1")
    candidates = [*ports, *([having] if having and having.physical else []), *linked]
    return candidates[0].name if candidates else ""


def refusal(answers: Answers, network: Network, node: Node, card: Card) -> str:
    """Why a card cannot go under the bridge; "" when it can."""
    if not card.physical:
        return "it is no network card"
    if card.wireless:
        return "a wireless card cannot be part of a bridge"
    if card.master and card.master != answers.bridge.name:
        return f"it belongs to {card.master}"
    if network.manager(card.name):
        return f"{network.manager(card.name)} manages it"
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


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A card that is missing, refused or managed by another program; an address that is taken."""
    yield from _networks(answers)
    for node in answers.nodes:
        yield from apt.blockers(facts, node.short, NEEDED)
        network = facts.of(node.short, NETWORK)
        name = device(answers, facts, node)
        have = ", ".join(card.name for card in network.cards if card.physical) or "none"
        card = network.card(name)
        if card is None:
            what = (
                f"there is no network card {name}"
                if name
                else "no network card is free for the bridge"
            )
            yield Finding(
                node.short,
                f"{what}; this node has {have}",
                f"name one in bridge.device.{node.short}",
            )
            continue
        why = refusal(answers, network, node, card)
        if why:
            yield Finding(
                node.short, f"{name} cannot go under the bridge: {why}", _mend(network, name)
            )
        held = network.having(str(node.ip))
        if held and held.name not in (name, answers.bridge.name):
            what = f"{node.ip} is on {held.name}, not on {name}"
            yield Finding(node.short, what, f"choose {held.name}, or take the address off it")
        yield from _stranger(answers, facts, node)
        there = network.card(answers.bridge.name)
        if there and not there.bridge:
            yield Finding(
                node.short,
                f"{there.name} exists and is no bridge",
                "choose another name in bridge.name",
            )


def _networks(answers: Answers) -> Iterator[Finding]:
    network = IPv4Interface(f"{answers.master.ip}/{answers.bridge.prefix}").network
    named = [(node.short, node.name, node.ip) for node in answers.nodes]
    named.append((answers.master.short, answers.hosts.cluster_name, answers.hosts.cluster_ip))
    for host, name, address in named:
        if address not in network:
            what = f"{address} ({name}) is not in {network}, the network of {answers.master.name}"
            yield Finding(host, what, "correct the address, or bridge.prefix")
        elif address in (network.network_address, network.broadcast_address):
            what = f"{address} ({name}) is no host address in {network}"
            yield Finding(host, what, "correct the address, or bridge.prefix")


def _stranger(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    own = facts.of(node.short, PROBES)
    if own.state(str(node.ip)) == "here":
        return
    seen = [
        peer.short
        for peer in answers.nodes
        if facts.of(peer.short, PROBES).state(str(node.ip)) == "answers"
    ]
    if seen:
        what = f"another machine uses {node.ip} ({seen[0]} gets an answer from it)"
        yield Finding(
            node.short, what, "give this node another address, or switch that machine off"
        )


def _mend(network: Network, name: str) -> str:
    manager = network.manager(name)
    if manager == "NetworkManager":
        return (
            f"nmcli device set {name} managed no, and name the card in {MAIN}; or choose "
            "another card"
        )
    if manager == "systemd-networkd":
        return (
            f"remove {name} from /etc/systemd/network and /etc/netplan, restart "
            "systemd-networkd; or choose another"
        )
    return "choose another card"


def is_up(facts: Facts, node: Node, goal: Wanted) -> bool:
    """Whether the kernel has the bridge as wanted, up, with its card and address."""
    network = facts.of(node.short, NETWORK)
    bridge = network.card(goal.bridge)
    return bool(
        bridge and bridge.up and goal.card in bridge.ports and goal.interface in bridge.addresses
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The bridge is there with the node's address, comes back at boot, and the nodes reach each
    other over it.
    """
    for node in answers.nodes:
        goal = wanted(answers, facts, node)
        if not is_up(facts, node, goal):
            what = f"{goal.bridge} with {goal.interface} over {goal.card or 'no card'} is not up"
            yield Finding(node.short, what, "run the step bridge")
        if not configured(facts.of(node.short, IFUPDOWN), goal):
            yield Finding(
                node.short, f"{goal.bridge} would not come up at boot", "run the step bridge"
            )
        for peer in answers.nodes:
            if peer is not node and facts.of(node.short, PROBES).state(str(peer.ip)) != "answers":
                what = f"{peer.name} ({peer.ip}) does not answer over {goal.bridge}"
                yield Finding(
                    node.short,
                    what,
                    "check the cable, the switch port and the firewall on both nodes",
                )
