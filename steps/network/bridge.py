"""The bridge that 2009's Xen made by itself: instances and the cluster network meet on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from steps.common import apt
from steps.network.bridge_checks import NEEDED, blockers, is_up, refusal, suggested, verify, wanted
from steps.network.facts.names import PROBES
from steps.network.facts.net import IFUPDOWN, NETWORK, Card
from steps.network.ifupdown import MAIN, Wanted, configured, rewritten
from wizard.answers import Answers, Bridge, Node
from wizard.model.facts import Facts
from wizard.model.step import Choice, Command, Danger, Kind, Step, write_file

ETC = "/etc/network"
BEFORE = f"{MAIN}.gw-before"
NEXT = f"{MAIN}.gw-next"

SWITCH = """cd /etc/network || exit 1
card=$1 bridge=$2 before=$3 next=$4; shift 4
if [ $# -gt 0 ]; then
  rm -rf "$before.new" && mkdir -m 755 "$before.new" && cp -a interfaces "$before.new/" || exit 1
  if [ -d interfaces.d ]; then cp -a interfaces.d "$before.new/" || exit 1; fi
  sync && rm -rf "$before" && mv "$before.new" "$before" || exit 1
fi
ifdown --force "$card"
ip addr flush dev "$card"
for file; do mv -f "$next/$file" "$file" || exit 1; done
rm -rf "$next"
ifup --force "$bridge" """
"""Keep a copy, take the card down by the old files, put the named new files in place, bring the
bridge up.
"""

BACK = """cd /etc/network || exit 1
card=$1 bridge=$2 before=$3 way=$4; shift 4
ifdown --force "$bridge"
ip link delete dev "$bridge" type bridge
if [ -n "$before" ] && [ -d "$before" ]; then cp -a "$before/." .; fi
if [ "$way" = ifupdown ]; then ifup --force "$card"; else
  ip link set dev "$card" up
  for one; do
    case $one in
      via:*) ip route add default via "${one#via:}";;
      *) ip addr add "$one" dev "$card";;
    esac
  done
fi
exit 0"""
"""Take the bridge down, put the copy back (there is none when the switch changed no file), bring
the card up again.
"""


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Packages, the new files beside the old ones, and the switch that undoes itself."""
    for node in answers.nodes:
        yield from apt.install(facts, node.short, NEEDED, "the tools that make the bridge at boot")
        goal = wanted(answers, facts, node)
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
                undo="edit it back" if up else f"rm -r {NEXT}",
            )
        if not up:
            yield _switch(facts, node, goal, tuple(texts))


def _switch(facts: Facts, node: Node, goal: Wanted, names: tuple[str, ...]) -> Command:
    network = facts.of(node.short, NETWORK)
    card = network.card(goal.card) or Card(goal.card)
    served = bool(card.addresses) or network.default_card == goal.card
    why = f"{goal.bridge} comes up over {goal.card}, as it will at every boot"
    if served:
        why = f"{', '.join(card.addresses)} moves from {goal.card} to {goal.bridge}; {why}"
    before = BEFORE if names else ""
    undo = [f"ifdown {goal.bridge}"]
    if before:
        undo.append(f"cp -a {before}/. {ETC}/")
    undo.append(f"ifup {goal.card}")
    back = _way_back(facts, node, goal, card)
    return Command(
        node.short,
        ("sh", "-c", SWITCH, "switch", goal.card, goal.bridge, BEFORE, NEXT, *names),
        why,
        danger=Danger.OUTAGE if served else Danger.CHANGE,
        risk="if the node does not answer within a minute, the former network comes back by itself",
        undo="; ".join(undo),
        kind=Kind.ROLLBACK,
        rollback=("sh", "-c", BACK, "back", goal.card, goal.bridge, before, *back),
        title=(
            f"switch {goal.card} to the bridge {goal.bridge} (goes back by itself when the "
            "node is lost)"
        ),
        minutes=0.5,
    )


def _way_back(facts: Facts, node: Node, goal: Wanted, card: Card) -> Iterator[str]:
    """How the card gets its addresses again: by its stanza, or else by hand."""
    for text in facts.of(node.short, IFUPDOWN).values():
        if goal.card in text.split():
            yield "ifupdown"
            return
    yield "by-hand"
    yield from card.addresses
    if goal.gateway:
        yield f"via:{goal.gateway}"


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """The card that has the node's address, or else a free one with a link; a bridge that is there
    already.
    """
    suggestion: dict[str, Any] = {}
    names = {_bridge_with(facts, node) for node in answers.nodes}
    if len(names) == 1 and "" not in names:
        suggestion["name"] = names.pop()
        bridge = answers.bridge.model_copy(update=suggestion)
        answers = answers.model_copy(update={"bridge": bridge})
    devices = {node.short: suggested(answers, facts, node) for node in answers.nodes}
    suggestion["device"] = {host: card for host, card in devices.items() if card}
    return suggestion


def _bridge_with(facts: Facts, node: Node) -> str:
    """The bridge that has the node's address already; "" when none has."""
    card = facts.of(node.short, NETWORK).having(str(node.ip))
    return card.name if card and card.bridge else ""


def choices(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    """Every network card with its addresses and link, and why it is refused."""
    devices: dict[str, tuple[Choice, ...]] = {}
    for node in answers.nodes:
        network = facts.of(node.short, NETWORK)
        devices[node.short] = tuple(
            Choice(
                value=card.name,
                label=_label(card),
                refused=refusal(answers, network, node, card),
            )
            for card in network.physical
        )
    return {"device": devices}


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
