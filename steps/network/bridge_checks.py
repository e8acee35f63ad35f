"""What forbids the bridge on a node."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from steps.common import apt
from steps.common.facts.packages import PACKAGES
from steps.network import goal as goals
from steps.network import owned
from steps.network.checks.firewall import not_prepared
from steps.network.checks.gateway import forgotten
from steps.network.existing import existing, kept, of_owners
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.ifupdown import MAIN, Wanted, configured
from steps.network.movable import in_scripts, not_made, other_names, other_purpose, unwritten
from steps.network.refused import mend, refusal
from steps.network.stanzas import Files, all_stanzas
from steps.network.unclear import unclear
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding

NEEDED = ("bridge-utils", "ifupdown")


def needed(answers: Answers, facts: Facts, node: Node) -> tuple[str, ...]:
    """The packages that the bridge wants: none for one that somebody else brings up."""
    bridge = kept(answers, facts, node)
    if bridge is None:
        return NEEDED
    network = facts.of(node.short, NETWORK)
    if network.manager(bridge.name):
        return ()
    files = facts.of(node.short, IFUPDOWN)
    if not _name_ports(files) or owned.other_ifupdown(facts, node):
        return ()
    return NEEDED


def _name_ports(files: Files) -> bool:
    """Whether any file speaks of a bridge's ports: ifupdown makes it then."""
    for text in files.values():
        with_underscores = text.replace("-", "_")
        if "bridge_ports" in with_underscores:
            return True
    return False


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A card that is missing, refused or managed by another program; files that are not understood
    or belong to somebody else; an address that is taken.
    """
    yield from _outside_network(answers)
    for node in answers.nodes:
        yield from apt.blockers(facts, node.short, needed(answers, facts, node))
        yield from _other_prefix(answers, facts, node)
        if goals.held(facts, node):
            yield from existing(answers, facts, node)
        else:
            yield from _to_be_made(answers, facts, node)
        yield from _stranger(answers, facts, node)


def _other_prefix(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """The node's address has another prefix than answered: it must not change in passing."""
    seen = goals.networks_prefix(facts, node)
    if seen and seen != answers.bridge.prefix:
        yield Finding(
            node.short,
            what=f"{node.ip} has the prefix /{seen} now, and bridge.prefix is "
            f"{answers.bridge.prefix}",
            mend=f"set bridge.prefix to {seen}, or change the node's network first",
        )


def _to_be_made(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    network = facts.of(node.short, NETWORK)
    name = goals.device(answers, facts, node)
    card = network.card(name)
    yield from _namesake(answers, facts, node)
    yield from _other_program(answers, facts, node)
    yield from _not_at_boot(facts, node)
    yield from _asleep(answers, facts, node)
    yield from _on_loopback(answers, network, node)
    if card is None:
        yield _no_card(network, node, name)
        return
    findings = list(_card_findings(answers, network, node, card))
    if not findings:
        findings = list(_in_files(answers, facts, node, card))
    yield from findings


def _no_card(network: Network, node: Node, name: str) -> Finding:
    what = "no network card is free for the bridge"
    if name:
        what = f"there is no network card {name}"
    present = ", ".join(card.name for card in network.physical) or "none"
    return Finding(
        node.short,
        what=f"{what}; this node has {present}",
        mend=f"name one in bridge.device.{node.short}",
    )


def _namesake(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """What bears the bridge's name already, without the node's address."""
    network = facts.of(node.short, NETWORK)
    namesake = network.card(answers.bridge.name)
    if namesake is None:
        return
    name = namesake.name
    if not namesake.bridge:
        yield Finding(
            node.short,
            what=f"{name} exists and is no bridge",
            mend="choose another name in bridge.name",
        )
        return
    device = goals.device(answers, facts, node)
    strangers = [port for port in namesake.ports if port != device]
    users = ", ".join(strangers) or network.manager(name)
    if users:
        yield Finding(
            node.short,
            what=f"the bridge {name} exists without {node.ip} and is in use ({users})",
            mend=f"give {name} the address where it is configured, or choose another bridge.name",
        )
    elif not goals.card_words(facts.of(node.short, IFUPDOWN), name):
        yield Finding(
            node.short,
            what=f"the bridge {name} exists and no file brings it up",
            mend=f"ip link delete {name} type bridge, or choose another bridge.name",
        )


def _other_program(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """Programs that set up all interfaces by themselves, and do not go together with ifupdown."""
    network = facts.of(node.short, NETWORK)
    programs = list(network.owners.services)
    other = owned.other_ifupdown(facts, node)
    if other:
        programs.append(other)
    for program in programs:
        yield Finding(
            node.short,
            what=f"{program} sets up this node's network, and ifupdown would get in its way",
            mend=f"let {program} make the bridge {answers.bridge.name} with {node.ip}, and look "
            "again: it is then taken as it is",
        )


def _not_at_boot(facts: Facts, node: Node) -> Iterator[Finding]:
    why = facts.of(node.short, NETWORK).owners.not_at_boot
    if why:
        yield Finding(
            node.short,
            what=f"{why}: nothing in {MAIN} comes up at boot",
            mend="let whatever sets up this node's network make the bridge, or let ifupdown do it "
            "(systemctl enable networking, CONFIGURE_INTERFACES=yes)",
        )


def _asleep(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """Stanzas that nobody reads as long as ifupdown is not there, as a change to netplan leaves
    them behind: installing it would bring up what they say.
    """
    packages = facts.of(node.short, PACKAGES)
    if packages.get("ifupdown").installed:
        return
    files = facts.of(node.short, IFUPDOWN)
    ours = ("lo", goals.device(answers, facts, node), answers.bridge.name)
    others = [name for name in _to_be_started(files) if name not in ours]
    if others:
        names = ", ".join(dict.fromkeys(others))
        yield Finding(
            node.short,
            what=f"{MAIN} would bring up {names} once ifupdown is installed, which it is not",
            mend=f"take out of {MAIN} what is no longer meant, or install ifupdown and look again",
        )


def _to_be_started(files: Files) -> Iterator[str]:
    """The names that the files list to be brought up, at boot or by some other subsystem."""
    for stanza in all_stanzas(files):
        if stanza.is_start:
            yield from stanza.words[1:]


def _on_loopback(answers: Answers, network: Network, node: Node) -> Iterator[Finding]:
    """A node whose address is announced by a routing daemon has it on `lo`."""
    if str(node.ip) in network.loopback:
        yield Finding(
            node.short,
            what=f"{node.ip} is on lo, and a second one on a bridge would take its traffic",
            mend=f"make the bridge {answers.bridge.name} yourself, give it the address instead of "
            "lo, and look again: it is then taken as it is",
        )


def _card_findings(answers: Answers, network: Network, node: Node, card: Card) -> Iterator[Finding]:
    """What is in the way at the card itself."""
    holder = network.having(str(node.ip))
    if holder and holder.name != card.name:
        mend_of_holder = "take the address off it"
        if not refusal(answers, network, node, holder):
            mend_of_holder = f"choose {holder.name}, or {mend_of_holder}"
        yield Finding(
            node.short,
            what=f"{node.ip} is on {holder.name}, not on {card.name}",
            mend=mend_of_holder,
        )
    why = refusal(answers, network, node, card)
    if why:
        yield Finding(
            node.short,
            what=f"{card.name} cannot go under the bridge: {why}",
            mend=mend(answers, network, node, card),
        )


def _in_files(answers: Answers, facts: Facts, node: Node, card: Card) -> Iterator[Finding]:
    """What the network files hold that would be lost, or bring the old state back."""
    files = facts.of(node.short, IFUPDOWN)
    goal = goals.wanted(answers, facts, node)
    if configured(files, goal):
        gateway = forgotten(answers, facts, node)
        if gateway:
            yield Finding(
                node.short,
                what=f"the stanza of {goal.bridge} gives no default route by {gateway}, as there "
                "is now",
                mend=f"write `gateway {gateway}` into it",
            )
        return
    reasons = list(unclear(files, goal))
    reasons += not_made(facts, node, card)
    reasons += other_names(facts, node, card)
    reasons += in_scripts(facts, node, card)
    reasons += not_prepared(facts, node, card, goal.bridge)
    if str(node.ip) in card.plain:
        reasons += unwritten(facts, node, card)
    else:
        reasons += other_purpose(facts, node, card)
    for reason in dict.fromkeys(reasons):
        yield Finding(
            node.short,
            what=f"{card.name} is not moved to {goal.bridge}: {reason}",
            mend=_by_yourself(goal),
        )
    yield from of_owners(answers, facts, node)


def _by_yourself(goal: Wanted) -> str:
    return (
        f"change that, or make the bridge {goal.bridge} over {goal.card} yourself and look again: "
        f"one that has {goal.address} is taken as it is"
    )


def _outside_network(answers: Answers) -> Iterator[Finding]:
    """Addresses of nodes and cluster that the bridge's network does not have."""
    first = answers.first
    network = IPv4Interface(f"{first.ip}/{answers.bridge.prefix}").network
    named = [(node.short, node.name, node.ip) for node in answers.nodes]
    cluster = (first.short, answers.hosts.cluster_name, answers.hosts.cluster_ip)
    for host, name, address in (*named, cluster):
        if address not in network:
            where = f"is not in {network}, the network of {first.name}"
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
