"""The bridge that 2009's Xen made by itself: instances and the cluster network meet on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from steps import apt
from steps.facts.names import PROBES
from steps.facts.net import IFUPDOWN, NETWORK, Card, Network
from steps.ifupdown import MAIN, Wanted, configured, rewritten
from wizard.answers import Answers, Bridge, Node
from wizard.facts import Facts
from wizard.step import Choice, Command, Danger, Finding, Kind, Step, write_file

ETC = "/etc/network"
BEFORE = f"{MAIN}.gw-before"
NEXT = f"{MAIN}.gw-next"
NEEDED = ("bridge-utils", "ifupdown")

SWITCH = """cd /etc/network || exit 1
card=$1 bridge=$2 before=$3 next=$4; shift 4
if [ $# -gt 0 ]; then
  rm -rf "$before" && mkdir -m 755 "$before" && cp -a interfaces "$before/" || exit 1
  if [ -d interfaces.d ]; then cp -a interfaces.d "$before/" || exit 1; fi
fi
ifdown --force "$card"
ip addr flush dev "$card"
for file; do mv -f "$next/$file" "$file" || exit 1; done
ifup --force "$bridge" """
"""Keep a copy, take the card down by the old files, put the named new files in place, bring the bridge up."""

BACK = """cd /etc/network || exit 1
card=$1 bridge=$2 before=$3 way=$4; shift 4
ifdown --force "$bridge"
ip link delete dev "$bridge" type bridge
if [ -d "$before" ]; then cp -a "$before/." .; fi
if [ "$way" = ifupdown ]; then ifup --force "$card"; else
  ip link set dev "$card" up
  for one; do
    case $one in via:*) ip route add default via "${one#via:}";; *) ip addr add "$one" dev "$card";; esac
  done
fi
exit 0"""
"""Take the bridge down, put the copy back, bring the card up as it was."""


def wanted(answers: Answers, facts: Facts, node: Node) -> Wanted:
    """The bridge as this node is to have it; the gateway only when the card carries the default route now."""
    card = device(answers, facts, node)
    network = facts.of(node.short, NETWORK)
    gateway = network.gateway if card and network.default_card in (card, answers.bridge.name) else ""
    return Wanted(answers.bridge.name, card, f"{node.ip}/{answers.bridge.prefix}", gateway)


def device(answers: Answers, facts: Facts, node: Node) -> str:
    """The card to use on a node: the operator's answer, or else what the node suggests."""
    return answers.bridge.device.get(node.short) or _suggested(answers, facts, node)


def _suggested(answers: Answers, facts: Facts, node: Node) -> str:
    network = facts.of(node.short, NETWORK)
    bridge = network.card(answers.bridge.name)
    ports = [c for c in network.cards if bridge and c.name in bridge.ports and c.physical]
    having = network.having(str(node.ip))
    free = [c for c in network.cards if not c.addresses and not _refusal(answers, network, node, c)]
    linked = sorted(free, key=lambda card: card.carrier != "1")
    candidates = [*ports, *([having] if having and having.physical else []), *linked]
    return candidates[0].name if candidates else ""


def _refusal(answers: Answers, network: Network, node: Node, card: Card) -> str:
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
        return "it carries the default route and not the node's address: taking it away would cut the node off"
    if card.addresses:
        return f"it has other addresses: {', '.join(card.addresses)}"
    return ""


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A card that is missing, refused or managed by another program; an address that is taken."""
    for node in answers.nodes:
        yield from apt.blockers(facts, node.short, NEEDED)
        network = facts.of(node.short, NETWORK)
        name = device(answers, facts, node)
        have = ", ".join(card.name for card in network.cards if card.physical) or "none"
        card = network.card(name)
        if card is None:
            what = f"there is no network card {name}" if name else "no network card is free for the bridge"
            yield Finding(node.short, f"{what}; this node has {have}", f"name one in bridge.device.{node.short}")
            continue
        why = _refusal(answers, network, node, card)
        if why:
            yield Finding(node.short, f"{name} cannot go under the bridge: {why}", _mend(network, name))
        held = network.having(str(node.ip))
        if held and held.name not in (name, answers.bridge.name):
            what = f"{node.ip} is on {held.name}, not on {name}"
            yield Finding(node.short, what, f"choose {held.name}, or take the address off it")
        yield from _stranger(answers, facts, node)
        there = network.card(answers.bridge.name)
        if there and not there.bridge:
            yield Finding(node.short, f"{there.name} exists and is no bridge", "choose another name in bridge.name")


def _stranger(answers: Answers, facts: Facts, node: Node) -> Iterator[Finding]:
    own = facts.of(node.short, PROBES)
    if own.state(str(node.ip)) == "here":
        return
    seen = [peer.short for peer in answers.nodes if facts.of(peer.short, PROBES).state(str(node.ip)) == "answers"]
    if seen:
        what = f"another machine uses {node.ip} ({seen[0]} gets an answer from it)"
        yield Finding(node.short, what, "give this node another address, or switch that machine off")


def _mend(network: Network, name: str) -> str:
    manager = network.manager(name)
    if manager == "NetworkManager":
        return f"nmcli device set {name} managed no, and name the card in {MAIN}; or choose another card"
    if manager == "systemd-networkd":
        return f"remove {name} from /etc/systemd/network and /etc/netplan, restart systemd-networkd; or choose another"
    return "choose another card"


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Packages, the new files beside the old ones, and the switch that undoes itself."""
    for node in answers.nodes:
        yield from apt.install(facts, node.short, NEEDED, "the tools that make the bridge at boot")
        goal = wanted(answers, facts, node)
        files = facts.of(node.short, IFUPDOWN)
        ready, up = configured(files, goal), _up(facts, node, goal)
        if ready and up:
            continue
        changed = {} if ready else rewritten(files, goal)
        names = tuple(path.removeprefix(f"{ETC}/") for path in changed)
        for name, text in zip(names, changed.values(), strict=True):
            yield write_file(
                node.short,
                f"{ETC if up else NEXT}/{name}",
                text,
                f"{goal.bridge} over {goal.card} with {goal.interface}, at every boot; other stanzas stay",
                undo=f"rm -r {NEXT}" if not up else "edit it back",
            )
        if not up:
            yield _switch(facts, node, goal, names)


def _up(facts: Facts, node: Node, goal: Wanted) -> bool:
    network = facts.of(node.short, NETWORK)
    bridge = network.card(goal.bridge)
    return bool(bridge and bridge.up and goal.card in bridge.ports and goal.interface in bridge.addresses)


def _switch(facts: Facts, node: Node, goal: Wanted, names: tuple[str, ...]) -> Command:
    network = facts.of(node.short, NETWORK)
    card = network.card(goal.card) or Card(goal.card)
    served = bool(card.addresses) or network.default_card == goal.card
    stanza = any(goal.card in text.split() for text in facts.of(node.short, IFUPDOWN).values())
    by_hand = (*card.addresses, *((f"via:{goal.gateway}",) if goal.gateway else ()))
    back = ("ifupdown",) if stanza else ("by-hand", *by_hand)
    moves = f"{', '.join(card.addresses)} moves from {goal.card} to {goal.bridge}; " if served else ""
    return Command(
        node.short,
        ("sh", "-c", SWITCH, "switch", goal.card, goal.bridge, BEFORE, NEXT, *names),
        f"{moves}{goal.bridge} comes up over {goal.card}, as it will at every boot",
        danger=Danger.OUTAGE if served else Danger.CHANGE,
        risk="if the node does not answer within a minute, the former network comes back by itself",
        undo=f"ifdown {goal.bridge}; cp -a {BEFORE}/. /etc/network/; ifup {goal.card}",
        kind=Kind.ROLLBACK,
        rollback=("sh", "-c", BACK, "back", goal.card, goal.bridge, BEFORE, *back),
        title=f"switch {goal.card} to the bridge {goal.bridge} (goes back by itself when the node is lost)",
        minutes=0.5,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The bridge is there with the node's address, comes back at boot, and the nodes reach each other over it."""
    for node in answers.nodes:
        goal = wanted(answers, facts, node)
        if not _up(facts, node, goal):
            what = f"{goal.bridge} with {goal.interface} over {goal.card or 'no card'} is not up"
            yield Finding(node.short, what, "run the step bridge")
        if not configured(facts.of(node.short, IFUPDOWN), goal):
            yield Finding(node.short, f"{goal.bridge} would not come up at boot", "run the step bridge")
        for peer in answers.nodes:
            if peer is not node and facts.of(node.short, PROBES).state(str(peer.ip)) != "answers":
                what = f"{peer.name} ({peer.ip}) does not answer over {goal.bridge}"
                yield Finding(node.short, what, "check the cable, the switch port and the firewall on both nodes")


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """The card that has the node's address, or else a free one with a link."""
    found = {node.short: _suggested(answers, facts, node) for node in answers.nodes}
    return {"device": {host: name for host, name in found.items() if name}}


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every network card with its addresses and link, and why it is refused."""
    found: dict[str, tuple[Choice, ...]] = {}
    for node in answers.nodes:
        network = facts.of(node.short, NETWORK)
        cards = [card for card in network.cards if card.physical]
        found[node.short] = tuple(
            Choice(card.name, _label(card), _refusal(answers, network, node, card)) for card in cards
        )
    return {"device": found}


def _label(card: Card) -> str:
    link = {"1": "link", "0": "no link"}.get(card.carrier, "down")
    return f"{card.name} ({card.mac}, {link}): {', '.join(card.addresses) or 'no address'}"


STEP = Step(
    id="bridge",
    title="The bridge for the instances",
    reason=(
        "Instances meet the network through a bridge, of the same name on every server, so that an instance finds "
        "it wherever it runs. In 2009 Xen made it by itself; today the server's network files make it."
    ),
    then="nothing: network-bridge in /etc/xen/xend-config.sxp renamed the card and made the bridge",
    now="a bridge stanza in /etc/network/interfaces, then ifdown and ifup with an automatic way back",
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
