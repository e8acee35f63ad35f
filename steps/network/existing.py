"""A bridge that has the node's address already: it is taken as it is, whatever lies below it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network import goal as goals
from steps.network import owned
from steps.network.commands import says
from steps.network.facts.kinds import BOND, CARD
from steps.network.facts.net import IFUPDOWN, NETWORK, Card
from steps.network.hooks import mentions
from steps.network.ifupdown import of_card, rewritten
from steps.network.options import HOOKS
from steps.network.stanzas import Stanza, active, stanzas
from steps.network.starts import is_made, is_started, takes
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
    why = facts.of(node.short, NETWORK).owners.not_at_boot
    yield Finding(
        node.short,
        what=f"{bridge.name} has {node.ip} and would not come up so at boot"
        + (f": {why}" if why else ""),
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
    """Whether a bridge comes up at boot as it is, with the node's address and with what lies below
    it, by whatever program.
    """
    network = facts.of(node.short, NETWORK)
    if network.manager(bridge):
        return True
    files = facts.of(node.short, IFUPDOWN)
    read = [stanza for path in active(files) for stanza in stanzas(files[path])]
    if network.owners.not_at_boot:
        return False
    other_program = bool(owned.other_ifupdown(facts, node))
    own = [s for s in read if s.configures(bridge) or (other_program and _is_short_of(s, bridge))]
    aliases = [s for s in read if of_card(s, bridge) and is_started(read, s.words[1])]
    given = any(_gives(facts, node, stanza) for stanza in (*own, *aliases))
    ported = all(_ported(read, own, bridge, port) for port in goals.lower(network, bridge))
    # The others bring up what an interface lies over by themselves.
    bonds = [network.card(name) for name in network.under(bridge)]
    made = other_program or all(
        is_made(files, card) for card in bonds if card and card.kind == BOND
    )
    return is_started(read, bridge) and given and ported and made


def _is_short_of(stanza: Stanza, bridge: str) -> bool:
    return stanza.is_short and stanza.words[1:2] == (bridge,)


def _gives(facts: Facts, node: Node, stanza: Stanza) -> bool:
    """Whether a stanza of the bridge gives the node's address as it is now."""
    family, method = (*stanza.words[2:4], "inet", "static")[:2]
    if family != "inet":
        return False
    hooks = "\n".join(option.value for option in stanza.options if option.name in HOOKS)
    now = f"{node.ip}/{goals.seen_prefix(facts, node)}"
    return method == "dhcp" or now in stanza.interfaces or says(hooks, str(node.ip))


def _ported(read: list[Stanza], own: list[Stanza], bridge: str, port: str) -> bool:
    """Whether the files put a port into the bridge: by its list, or by a command on either side."""
    if any(takes(stanza.option("bridge_ports"), port) for stanza in own):
        return True
    for stanza in read:
        of_either = stanza in own or stanza.configures(port)
        other = port if stanza in own else bridge
        hooks = [option.value for option in stanza.options if option.name in HOOKS]
        if of_either and any(mentions(hook, other) for hook in hooks):
            return True
    return False


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
