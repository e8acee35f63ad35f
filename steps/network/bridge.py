"""The bridge that 2009's Xen made by itself: instances and the cluster network meet on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from steps.common import apt
from steps.network import goal as goals
from steps.network.bridge_checks import blockers, is_up, needed, verify
from steps.network.existing import comes_at_boot, kept
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.ifupdown import configured, rewritten
from steps.network.refused import refusal
from steps.network.switch import ETC, NEXT, command, serves
from wizard.answers import Answers, Bridge, Node
from wizard.model.facts import Facts
from wizard.model.step import Choice, Command, Step
from wizard.model.write import write_file


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Packages, the new files beside the old ones, and the switch that undoes itself.

    An address in use moves on one node after the other: while one is being cut off, the others are
    there.
    """
    stage = 0
    for node in answers.nodes:
        names = needed(answers, facts, node)
        yield from apt.install(facts, node.short, names, "the tools that make the bridge at boot")
        if kept(answers, facts, node) and comes_at_boot(facts, node, answers.bridge.name):
            continue
        if _in_use(answers, facts, node):
            stage += 1
            yield from _make(answers, facts, node, stage)
        else:
            yield from _make(answers, facts, node, 0)


def _in_use(answers: Answers, facts: Facts, node: Node) -> bool:
    """Whether the switch touches an address that somebody uses."""
    network = facts.of(node.short, NETWORK)
    goal = goals.wanted(answers, facts, node)
    if is_up(facts, node, goal):
        return False
    return serves(network, network.card(goal.card) or Card(goal.card), goal.bridge)


def _make(answers: Answers, facts: Facts, node: Node, stage: int) -> Iterator[Command]:
    """The files of a node, and its switch in the given stage where the bridge is not up yet."""
    goal = goals.wanted(answers, facts, node)
    files = facts.of(node.short, IFUPDOWN)
    up = is_up(facts, node, goal)
    changed = {} if configured(files, goal) else rewritten(files, goal)
    # Below /etc/network: both scripts work there.
    texts = {path.removeprefix(f"{ETC}/"): text for path, text in changed.items()}
    for name, text in texts.items():
        yield write_file(
            node.short,
            f"{ETC if up else NEXT}/{name}",
            text,
            f"{goal.bridge} over {goal.card} with {goal.interface}, at every boot; "
            "other stanzas stay",
            old=files.get(f"{ETC}/{name}", ""),
        )
    if not up:
        network = facts.of(node.short, NETWORK)
        switch = command(node.short, network, files, goal, tuple(texts))
        yield dataclasses.replace(switch, stage=stage)


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """What has the node's address, or else a free card with a link; the name of a bridge that is
    there already, and the prefix that the nodes' addresses have.
    """
    suggestion: dict[str, Any] = {}
    bridges = [goals.held(facts, node) for node in answers.nodes]
    names = {bridge.name for bridge in bridges if bridge}
    if len(names) == 1:
        suggestion["name"] = names.pop()
    prefixes = {goals.networks_prefix(facts, node) for node in answers.nodes} - {0}
    if len(prefixes) == 1:
        suggestion["prefix"] = prefixes.pop()
    if "name" in suggestion and "name" not in answers.bridge.model_fields_set:
        bridge = answers.bridge.model_copy(update={"name": suggestion["name"]})
        answers = answers.model_copy(update={"bridge": bridge})
    devices = {node.short: goals.suggested(answers, facts, node) for node in answers.nodes}
    suggestion["device"] = {host: card for host, card in devices.items() if card}
    return suggestion


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every network card, bond and VLAN with its addresses and link, and why it is refused."""
    devices: dict[str, tuple[Choice, ...]] = {}
    for node in answers.nodes:
        network = facts.of(node.short, NETWORK)
        holder = network.having(str(node.ip))
        offered = [
            card
            for card in network.cards
            if card.physical or card.kind in goals.UNDER_A_BRIDGE or card == holder
        ]
        devices[node.short] = tuple(
            Choice(
                value=card.name,
                label=_label(card),
                refused=_elsewhere(network, node, card) or refusal(answers, network, node, card),
            )
            for card in offered
            if not card.bridge
        )
    return {"device": devices}


def _elsewhere(network: Network, node: Node, card: Card) -> str:
    """Why a card is not chosen while another interface has the node's address."""
    holder = network.having(str(node.ip))
    if holder is None or holder.name == card.name or card.name in network.under(holder.name):
        return ""
    return f"{node.ip} is on {holder.name}"


def _label(card: Card) -> str:
    link = {"1": "link", "0": "no link"}.get(card.carrier, "down")
    addresses = ", ".join(card.addresses) or "no address"
    return f"{card.name} ({card.mac}, {link}): {addresses}"


STEP = Step(
    id="bridge",
    title="The bridge for the instances",
    reason=(
        "Instances meet the network through a bridge, of the same name on every server, so that "
        "an instance finds it wherever it runs. In 2009 Xen made it by itself; today the "
        "server's network files make it."
    ),
    then="nothing: network-bridge in /etc/xen/xend-config.sxp renamed the card and made the bridge",
    now=(
        "a bridge stanza in /etc/network/interfaces, then ifdown and ifup with an "
        "automatic way back"
    ),
    section=Bridge,
    facts=(NETWORK, IFUPDOWN, PROBES, *apt.FACTS),
    needs=("hosts",),
    blockers=blockers,
    plan=plan,
    verify=verify,
    suggest=suggest,
    choices=choices,
    minutes=1.0,
)
