"""Which card goes under the bridge, what forbids it, and what is wrong with it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from steps.common import apt
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.ifupdown import MAIN, Wanted, configured
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Finding

NEEDED = ("bridge-utils", "ifupdown")


def wanted(answers: Answers, facts: Facts, node: Node) -> Wanted:
    """The bridge as this node is to have it; the gateway only when the card carries the default
    route now.
    """
    bridge = answers.bridge.name
    card = device(answers, facts, node)
    network = facts.of(node.short, NETWORK)
    carries_route = bool(card) and network.default_card in (card, bridge)
    return Wanted(
        bridge=bridge,
        card=card,
        interface=f"{node.ip}/{answers.bridge.prefix}",
        gateway=network.gateway if carries_route else "",
    )


def device(answers: Answers, facts: Facts, node: Node) -> str:
    """The card to use on a node: the operator's answer, or else what the node suggests."""
    return answers.bridge.device.get(node.short) or suggested(answers, facts, node)


def suggested(answers: Answers, facts: Facts, node: Node) -> str:
    """The bridge's own card, the one with the node's address, or a free one, with a link if any
    has; "" for none.
    """
    network = facts.of(node.short, NETWORK)
    candidates: list[Card] = []
    bridge = network.card(answers.bridge.name)
    if bridge:
        candidates += [card for card in network.physical if card.name in bridge.ports]
    holder = network.having(str(node.ip))
    if holder and holder.physical:
        candidates.append(holder)
    usable: list[Card] = []
    for card in network.cards:
        if not card.addresses and not refusal(answers, network, node, card):
            usable.append(card)
    candidates += [card for card in usable if card.linked]
    candidates += usable
    if not candidates:
        return ""
    return candidates[0].name


def refusal(answers: Answers, network: Network, node: Node, card: Card) -> str:
    """Why a card cannot go under the bridge; "" when it can."""
    if not card.physical:
        return "it is no network card"
    if card.wireless:
        return "a wireless card cannot be part of a bridge"
    if card.master and card.master != answers.bridge.name:
        return f"it belongs to {card.master}"
    manager = network.manager(card.name)
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


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A card that is missing, refused or managed by another program; an address that is taken."""
    yield from _outside_network(answers)
    for node in answers.nodes:
        yield from apt.blockers(facts, node.short, NEEDED)
        network = facts.of(node.short, NETWORK)
        name = device(answers, facts, node)
        card = network.card(name)
        if card is None:
            yield _no_card(network, node, name)
            continue
        yield from _card_findings(answers, network, node, card)
        yield from _stranger(answers, facts, node)
        namesake = network.card(answers.bridge.name)
        if namesake and not namesake.bridge:
            yield Finding(
                node.short,
                what=f"{namesake.name} exists and is no bridge",
                mend="choose another name in bridge.name",
            )


def _no_card(network: Network, node: Node, name: str) -> Finding:
    what = f"there is no network card {name}" if name else "no network card is free for the bridge"
    present = ", ".join(card.name for card in network.physical) or "none"
    return Finding(
        node.short,
        what=f"{what}; this node has {present}",
        mend=f"name one in bridge.device.{node.short}",
    )


def _card_findings(answers: Answers, network: Network, node: Node, card: Card) -> Iterator[Finding]:
    why = refusal(answers, network, node, card)
    if why:
        yield Finding(
            node.short,
            what=f"{card.name} cannot go under the bridge: {why}",
            mend=_mend(network, card.name),
        )
    holder = network.having(str(node.ip))
    if holder and holder.name not in (card.name, answers.bridge.name):
        yield Finding(
            node.short,
            what=f"{node.ip} is on {holder.name}, not on {card.name}",
            mend=f"choose {holder.name}, or take the address off it",
        )


def _outside_network(answers: Answers) -> Iterator[Finding]:
    """Addresses of nodes and cluster that the bridge's network does not have."""
    network = IPv4Interface(f"{answers.first.ip}/{answers.bridge.prefix}").network
    named = [(node.short, node.name, node.ip) for node in answers.nodes]
    cluster = (answers.first.short, answers.hosts.cluster_name, answers.hosts.cluster_ip)
    for host, name, address in (*named, cluster):
        if address not in network:
            where = f"is not in {network}, the network of {answers.first.name}"
        elif address in (network.network_address, network.broadcast_address):
            where = f"is no host address in {network}"
        else:
            continue
        yield Finding(
            host,
            what=f"{address} ({name}) {where}",
            mend="correct the address, or bridge.prefix",
        )


def _stranger(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """A machine that is none of ours and has the node's address."""
    address = str(node.ip)
    if facts.of(node.short, PROBES).state(address) == "here":
        return
    for peer in answers.nodes:
        if facts.of(peer.short, PROBES).state(address) == "answers":
            yield Finding(
                node.short,
                what=f"another machine uses {node.ip} ({peer.short} gets an answer from it)",
                mend="give this node another address, or switch that machine off",
            )
            return


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
    if bridge is None or not bridge.up:
        return False
    return goal.card in bridge.ports and goal.interface in bridge.addresses


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The bridge is there with the node's address, comes back at boot, and the nodes reach each
    other over it.
    """
    for node in answers.nodes:
        goal = wanted(answers, facts, node)
        if not is_up(facts, node, goal):
            card = goal.card or "no card"
            yield Finding(
                node.short,
                what=f"{goal.bridge} with {goal.interface} over {card} is not up",
                step=THIS_STEP,
            )
        if not configured(facts.of(node.short, IFUPDOWN), goal):
            yield Finding(
                node.short,
                what=f"{goal.bridge} would not come up at boot",
                step=THIS_STEP,
            )
        probes = facts.of(node.short, PROBES)
        for peer in answers.nodes:
            if peer is not node and probes.state(str(peer.ip)) != "answers":
                yield Finding(
                    node.short,
                    what=f"{peer.name} ({peer.ip}) does not answer over {goal.bridge}",
                    mend="check the cable, the switch port and the firewall on both nodes",
                )
