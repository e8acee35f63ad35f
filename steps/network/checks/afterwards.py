"""What is wrong with the bridge on a node once it should be there."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network import goal as goals
from steps.network.checks.firewall import barred
from steps.network.checks.gateway import forgotten
from steps.network.existing import comes_at_boot, kept
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK
from steps.network.ifupdown import MAIN, configured
from steps.network.interfaces.wanted import Wanted
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Finding

_SINGLE = 31
"""From this length of prefix on an address stands alone, and all others lie behind the gateway."""


def is_up(facts: Facts, node: Node, goal: Wanted) -> bool:
    """Whether the kernel has the bridge as wanted, up, with its card and address."""
    network = facts.of(node.short, NETWORK)
    bridge = network.card(goal.bridge)
    if bridge is None or not bridge.up:
        return False
    has_card = goal.card in bridge.ports
    has_address = goal.interface in bridge.addresses
    return has_card and has_address


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The bridge is there with the node's address, comes back at boot, and the nodes reach each
    other over it.
    """
    for node in answers.nodes:
        if kept(answers, facts, node):
            yield from _kept_problems(answers, facts, node)
        else:
            yield from _problems(answers, facts, node)
        yield from barred(answers, node.short, facts.of(node.short, NETWORK).firewall)
        yield from _unreached(answers, facts, node)


def _kept_problems(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """Of a bridge that was taken as it was."""
    bridge = answers.bridge.name
    network = facts.of(node.short, NETWORK)
    card = network.card(bridge)
    if card and not card.up:
        yield Finding(
            node.short,
            what=f"{bridge} with {node.ip} is not up",
            mend=f"ifup {bridge}, or what else brings it up",
        )
    if not comes_at_boot(facts, node, bridge):
        yield _not_at_boot(node, bridge)
        return
    gateway = forgotten(answers, facts, node)
    if gateway:
        yield Finding(
            node.short,
            what=f"{bridge} would come up at boot without the default route by {gateway}, which no "
            "file gives",
            mend=f"write `gateway {gateway}` into its stanza in {MAIN}",
        )


def _problems(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """Of a bridge that this step makes."""
    goal = goals.wanted(answers, facts, node)
    if not is_up(facts, node, goal):
        card = goal.card or "no card"
        yield Finding(
            node.short,
            what=f"{goal.bridge} with {goal.interface} over {card} is not up",
            step=THIS_STEP,
        )
    files = facts.of(node.short, IFUPDOWN)
    if not configured(files, goal):
        yield _not_at_boot(node, goal.bridge)


def _not_at_boot(node: Node, bridge: str) -> Finding:
    return Finding(
        node.short,
        what=f"{bridge} would not come up at boot",
        step=THIS_STEP,
    )


def _unreached(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    """The other nodes that do not answer; one behind the gateway of an address that stands alone is
    not asked for.
    """
    probes = facts.of(node.short, PROBES)
    good = ["answers"]
    if goals.prefix(answers, facts, node) >= _SINGLE:
        good.append("far")
    for peer in answers.nodes:
        if peer is node:
            continue
        state = probes.state(str(peer.ip))
        if state not in good:
            yield Finding(
                node.short,
                what=f"{peer.name} ({peer.ip}) does not answer over {answers.bridge.name}",
                mend="check the cable, the switch port and the firewall on both nodes",
            )
