"""A bridge that has the node's address already: it is taken as it is, whatever lies below it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from steps.network import goal as goals
from steps.network import owned
from steps.network.commands import DEFAULT, says
from steps.network.facts.kinds import BOND, CARD, SPANNING_TREE, VLAN_FILTERING
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.hooks import mentions
from steps.network.ifupdown import rewritten
from steps.network.stanzas import Files, Stanza, all_stanzas, of_card
from steps.network.starts import is_made, is_started, takes
from steps.network.unclear import unclear
from wizard.answers import Answers, Node
from wizard.base.names import together
from wizard.model.facts import Facts
from wizard.model.step import Finding


def kept(answers: Answers, facts: Facts, node: Node) -> Card | None:
    """The bridge of the right name that has the node's address; None when there is none yet."""
    bridge = goals.held(facts, node)
    if bridge is None or bridge.name != answers.bridge.name:
        return None
    return bridge


def existing(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """What is in the way of taking the bridge that has the node's address."""
    bridge = goals.held(facts, node)
    if bridge is None:
        return
    if bridge.name != answers.bridge.name:
        yield _other_name(answers, node, bridge)
        return
    yield from _other_device(answers, facts, node, bridge)
    if comes_at_boot(facts, node, bridge.name):
        return
    if can_be_written(answers, facts, node):
        yield from of_owners(answers, facts, node)
    else:
        yield _not_at_boot(facts, node, bridge)


def _other_name(answers: Answers, node: Node, bridge: Card) -> Finding:
    return Finding(
        node.short,
        what=f"{node.ip} is on the bridge {bridge.name} already, not on {answers.bridge.name}",
        mend=f"set bridge.name to {bridge.name}; where the nodes' bridges have different "
        "names, rename them first: an instance looks for the same name on every node",
    )


def _not_at_boot(facts: Facts, node: Node, bridge: Card) -> Finding:
    network = facts.of(node.short, NETWORK)
    what = f"{bridge.name} has {node.ip} and would not come up so at boot"
    why = network.owners.not_at_boot
    if why:
        what += f": {why}"
    if bridge.switched_on:
        what += (
            f"; it was given {together(bridge.switched_on)}, which a stanza written from here "
            "would leave out"
        )
    return Finding(
        node.short,
        what=what,
        mend=f"correct what configures it (in /etc/network/interfaces: `auto {bridge.name}`, the "
        f"address, bridge_ports{_more_options(bridge)}; no `mapping`, no `no-scripts`); a bridge "
        "in use is not changed from here",
    )


def _more_options(bridge: Card) -> str:
    """What else must stand there, lest it come up as another bridge (bridge-utils-interfaces(5);
    VLAN filtering is ip(8)'s).
    """
    options = {
        SPANNING_TREE: "bridge_stp on",
        VLAN_FILTERING: f"up ip link set {bridge.name} type bridge vlan_filtering 1",
    }
    return "".join(f", {options[given]}" for given in bridge.switched_on)


def of_owners(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """Whose files the bridge's stanza would be written into."""
    files = facts.of(node.short, IFUPDOWN)
    network = facts.of(node.short, NETWORK)
    goal = goals.wanted(answers, facts, node)
    yield from owned.findings(
        node.short,
        network.owners,
        files,
        changed=rewritten(files, goal),
        bridge=goal.bridge,
    )


def _other_device(answers: Answers, facts: Facts, node: Node, bridge: Card) -> Iterator[Finding]:
    """A card that the operator named and that is not below the bridge."""
    chosen = answers.bridge.device.get(node.short, "")
    network = facts.of(node.short, NETWORK)
    lower = network.under(bridge.name)
    if chosen and chosen not in lower:
        below = ", ".join(lower) or "nothing"
        yield Finding(
            node.short,
            what=f"{bridge.name} has {node.ip} and lies over {below}, not over {chosen}",
            mend=f"take {chosen} out of bridge.device.{node.short}, or change the bridge yourself",
        )


def comes_at_boot(facts: Facts, node: Node, bridge: str) -> bool:
    """Whether a bridge comes up at boot as it is, with the node's address and with what lies below
    it, by whatever program.
    """
    network = facts.of(node.short, NETWORK)
    if network.manager(bridge):
        return True
    files = facts.of(node.short, IFUPDOWN)
    if network.owners.not_at_boot:
        return False
    read = all_stanzas(files)
    other_program = bool(owned.other_ifupdown(facts, node))
    own = [stanza for stanza in read if _is_of_bridge(stanza, bridge, other_program)]
    counting = [*own, *_started_aliases(read, bridge)]
    if not any(_gives(facts, node, stanza) for stanza in counting):
        return False
    if not is_started(read, bridge) or _is_diverted(read, own, bridge):
        return False
    for port in goals.lower(network, bridge):
        if not _ported(read, own, bridge, port):
            return False
    # The others bring up what an interface lies over by themselves.
    return other_program or _has_its_bonds(network, files, bridge)


def _is_diverted(read: list[Stanza], own: list[Stanza], bridge: str) -> bool:
    """Whether a line has the bridge come up by another stanza, or without the scripts that make one
    of its ports (interfaces(5): mapping, no-scripts).
    """
    by_ports = any(stanza.option("bridge_ports") for stanza in own)
    diverting = ("mapping", "no-scripts") if by_ports else ("mapping",)
    for stanza in read:
        if stanza.words and stanza.words[0] in diverting:
            patterns = [pattern.lstrip("/") for pattern in stanza.words[1:]]
            if any(fnmatchcase(bridge, pattern) for pattern in patterns):
                return True
    return False


def _is_of_bridge(stanza: Stanza, bridge: str, other_program: bool) -> bool:
    """Whether a stanza configures a bridge, as the program reads it that brings it up."""
    if stanza.is_short:
        return other_program and stanza.name == bridge
    return stanza.configures(bridge)


def _started_aliases(read: list[Stanza], bridge: str) -> Iterator[Stanza]:
    """The stanzas of a bridge and its aliases that count at boot."""
    for stanza in read:
        if of_card(stanza, bridge) and is_started(read, stanza.name):
            yield stanza


def _has_its_bonds(network: Network, files: Files, bridge: str) -> bool:
    """Whether all bonds below a bridge are made at boot."""
    for name in network.under(bridge):
        card = network.card(name)
        if card is None or card.kind != BOND:
            continue
        if not is_made(files, card):
            return False
    return True


def _gives(facts: Facts, node: Node, stanza: Stanza) -> bool:
    """Whether a stanza of the bridge gives the node's address as it is now."""
    # A short one is of IPv4.
    if stanza.family not in ("", "inet"):
        return False
    if stanza.method == "dhcp":
        return True
    prefix = goals.seen_prefix(facts, node)
    if f"{node.ip}/{prefix}" in stanza.interfaces:
        return True
    commands = "\n".join(hook.value for hook in stanza.hooks)
    return says(commands, str(node.ip))


def _ported(read: list[Stanza], own: list[Stanza], bridge: str, port: str) -> bool:
    """Whether the files put a port into the bridge: by its list, or by a command on either side."""
    if any(takes(stanza.option("bridge_ports"), port) for stanza in own):
        return True
    for stanza in read:
        if stanza in own:
            other_side = port
        elif stanza.configures(port):
            other_side = bridge
        else:
            continue
        if any(mentions(hook.value, other_side) for hook in stanza.hooks):
            return True
    return False


def can_be_written(answers: Answers, facts: Facts, node: Node) -> bool:
    """Whether the stanza of a bridge that was made by hand can be written: one over one card, of
    which no file speaks.
    """
    network = facts.of(node.short, NETWORK)
    bridge = goals.held(facts, node)
    if bridge is None or not _is_over_one_card(network, bridge):
        return False
    if _has_more(network, bridge, (str(node.ip), str(answers.hosts.cluster_ip))):
        return False
    files = facts.of(node.short, IFUPDOWN)
    if goals.card_words(files, bridge.name):
        return False
    goal = goals.wanted(answers, facts, node)
    reasons = list(unclear(files, goal))
    return not reasons


def _has_more(network: Network, bridge: Card, expected: tuple[str, ...]) -> bool:
    """Whether a bridge does more than a plain one, or has other addresses than the node's own and
    the cluster's, which Ganeti puts there, or routes beside the gateway: a stanza with the node's
    alone would be half of what somebody made by hand.
    """
    if bridge.switched_on:
        return True
    for detail in bridge.details:
        is_given = detail.is_wide and not detail.dynamic
        if is_given and detail.plain not in expected:
            return True
    for route in network.routes:
        if route.device != bridge.name or route.comes_by_itself:
            continue
        if route.destination != DEFAULT or route.gateway != network.gateway:
            return True
    return False


def _is_over_one_card(network: Network, bridge: Card) -> bool:
    """Whether a bridge has one card without VLANs as its only port."""
    if len(bridge.ports) != 1:
        return False
    port = network.card(bridge.ports[0])
    if port is None or port.kind != CARD:
        return False
    return not network.over(port.name)
