"""A bridge that has the node's address already: it is taken as it is, whatever lies below it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network import goal as goals
from steps.network import owned
from steps.network.facts.net import CARD, IFUPDOWN, NETWORK, Card
from steps.network.ifupdown import rewritten
from steps.network.stanzas import active, stanzas
from steps.network.unclear import unclear
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding


def kept(answers: Answers, facts: Facts, node: Node) -> Card | None:
    """The bridge of the right name that has the node's address; None when there is none yet."""
    bridge = goals.held(facts, node)
    return bridge if bridge and bridge.name == answers.bridge.name else None


def existing(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """What is in the way of taking the bridge that has the node's address."""
    bridge = goals.held(facts, node)
    if bridge is None:
        return
    if bridge.name != answers.bridge.name:
        yield Finding(
            node.short,
            what=f"{node.ip} is on the bridge {bridge.name} already, not on {answers.bridge.name}",
            mend=f"set bridge.name to {bridge.name}; where the nodes' bridges have different "
            "names, rename them first: an instance looks for the same name on every node",
        )
        return
    yield from _other_device(answers, facts, node, bridge)
    if comes_at_boot(facts, node, bridge.name):
        return
    if can_be_written(answers, facts, node):
        yield from _owned(answers, facts, node)
        return
    yield Finding(
        node.short,
        what=f"{bridge.name} has {node.ip} and would not come up so at boot",
        mend=f"correct what configures it (in /etc/network/interfaces: `auto {bridge.name}`, the "
        "address and bridge_ports); a bridge in use is not changed from here",
    )


def _owned(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """Whose files the bridge's stanza would be written into."""
    files = facts.of(node.short, IFUPDOWN)
    goal = goals.wanted(answers, facts, node)
    owners = facts.of(node.short, NETWORK).owners
    changed = rewritten(files, goal)
    yield from owned.findings(node.short, owners, files, changed, goal.bridge)


def _other_device(answers: Answers, facts: Facts, node: Node, bridge: Card) -> Iterator[Finding]:
    chosen = answers.bridge.device.get(node.short, "")
    lower = facts.of(node.short, NETWORK).under(bridge.name)
    if chosen and chosen not in lower:
        yield Finding(
            node.short,
            what=f"{bridge.name} has {node.ip} and lies over {', '.join(lower) or 'nothing'}, "
            f"not over {chosen}",
            mend=f"take {chosen} out of bridge.device.{node.short}, or change the bridge yourself",
        )


def comes_at_boot(facts: Facts, node: Node, bridge: str) -> bool:
    """Whether a bridge comes up at boot with the node's address, by whatever program."""
    if facts.of(node.short, NETWORK).manager(bridge):
        return True
    files = facts.of(node.short, IFUPDOWN)
    started = False
    given = False
    for path in active(files):
        for stanza in stanzas(files[path]):
            started |= stanza.is_start and bridge in stanza.words[1:]
            if stanza.configures(bridge) and stanza.words[2] == "inet":
                leased = stanza.words[3] == "dhcp"
                words = "\n".join(option.value for option in stanza.options)
                given |= leased or goals.says(words.replace("/", " /"), str(node.ip))
    return started and given


def can_be_written(answers: Answers, facts: Facts, node: Node) -> bool:
    """Whether the stanza of a bridge that was made by hand can be written: one over one card, of
    which no file speaks.
    """
    network = facts.of(node.short, NETWORK)
    bridge = goals.held(facts, node)
    if bridge is None or len(bridge.ports) != 1:
        return False
    files = facts.of(node.short, IFUPDOWN)
    port = network.card(bridge.ports[0])
    plain = port is not None and port.kind == CARD and not network.over(port.name)
    if not plain or goals.card_words(files, bridge.name):
        return False
    return not list(unclear(files, goals.wanted(answers, facts, node)))
