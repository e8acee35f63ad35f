"""The bridge that 2009's Xen made by itself: instances and the cluster network meet on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from steps.common import apt
from steps.network import goal as goals
from steps.network.bridge_checks import blockers, needed
from steps.network.checks.afterwards import is_up, verify
from steps.network.existing import comes_at_boot, kept
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.network.ifupdown import configured, rewritten
from steps.network.interfaces.wanted import Wanted
from steps.network.refused import refusal
from steps.network.stanzas import Files
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
    card = network.card(goal.card) or Card(goal.card)
    return serves(network, card, goal.bridge)


def _make(answers: Answers, facts: Facts, node: Node, stage: int) -> Iterator[Command]:
    """The files of a node, and its switch in the given stage where the bridge is not up yet."""
    goal = goals.wanted(answers, facts, node)
    files = facts.of(node.short, IFUPDOWN)
    up = is_up(facts, node, goal)
    folder = ETC if up else NEXT
    texts = _new_texts(files, goal)
    for name, text in texts.items():
        yield write_file(
            node.short,
            f"{folder}/{name}",
            text,
            f"{goal.bridge} over {goal.card} with {goal.interface}, at every boot; "
            "other stanzas stay",
            old=files.get(f"{ETC}/{name}", ""),
        )
    if up:
        return
    network = facts.of(node.short, NETWORK)
    switch = command(node.short, network, files, goal, tuple(texts))
    yield dataclasses.replace(switch, stage=stage)


def _new_texts(files: Files, goal: Wanted) -> dict[str, str]:
    """The files that change, by their names below /etc/network: both scripts work there."""
    if configured(files, goal):
        return {}
    texts: dict[str, str] = {}
    for path, text in rewritten(files, goal).items():
        name = path.removeprefix(f"{ETC}/")
        texts[name] = text
    return texts


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """What has the node's address, or else a free card with a link; the name of a bridge that is
    there already, and the prefix that the nodes' addresses have.
    """
    suggestion: dict[str, Any] = {}
    names: set[str] = set()
    prefixes: set[int] = set()
    for node in answers.nodes:
        bridge = goals.held(facts, node)
        if bridge:
            names.add(bridge.name)
        prefix = goals.networks_prefix(facts, node)
        if prefix:
            prefixes.add(prefix)
    if len(names) == 1:
        suggestion["name"] = names.pop()
        answers = _with_name(answers, suggestion["name"])
    if len(prefixes) == 1:
        suggestion["prefix"] = prefixes.pop()
    devices: dict[str, str] = {}
    for node in answers.nodes:
        device = goals.suggested(answers, facts, node)
        if device:
            devices[node.short] = device
    suggestion["device"] = devices
    return suggestion


def _with_name(answers: Answers, name: str) -> Answers:
    """The answers with a name of the bridge, where the operator gave none."""
    if "name" in answers.bridge.model_fields_set:
        return answers
    bridge = answers.bridge.model_copy(update={"name": name})
    return answers.model_copy(update={"bridge": bridge})


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every network card, bond and VLAN with its addresses and link, and why it is refused."""
    devices: dict[str, tuple[Choice, ...]] = {}
    for node in answers.nodes:
        network = facts.of(node.short, NETWORK)
        offered = [card for card in network.cards if _is_offered(network, node, card)]
        devices[node.short] = tuple(_choice(answers, network, node, card) for card in offered)
    return {"device": devices}


def _is_offered(network: Network, node: Node, card: Card) -> bool:
    """Whether an interface is shown, be it refused: what has the address must not be missed."""
    if card.bridge:
        return False
    if card.physical or card.kind in goals.UNDER_A_BRIDGE:
        return True
    return card == network.having(str(node.ip))


def _choice(answers: Answers, network: Network, node: Node, card: Card) -> Choice:
    why_not = _elsewhere(network, node, card)
    if not why_not:
        why_not = refusal(answers, network, node, card)
    return Choice(
        value=card.name,
        label=_label(card),
        refused=why_not,
    )


def _elsewhere(network: Network, node: Node, card: Card) -> str:
    """Why a card is not chosen while another interface has the node's address."""
    holder = network.having(str(node.ip))
    if holder is None or holder.name == card.name:
        return ""
    if card.name in network.under(holder.name):
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
