"""Whether the default route over a bridge comes back at the next boot."""

from __future__ import annotations

from steps.network import goal as goals
from steps.network import owned
from steps.network.commands import DEFAULT, program, simple
from steps.network.facts.net import IFUPDOWN, NETWORK
from steps.network.facts.routes import Route
from steps.network.stanzas import Files, own_stanzas
from wizard.answers import Answers, Node
from wizard.model.facts import Facts

_ADD_NONE_UNSEEN = ("ip", "route", "ethtool", "brctl", "bridge", "sysctl", "echo", "true", ":")
"""Programs of hooks that add no route but one that is read here; any other might add one."""


def forgotten(answers: Answers, facts: Facts, node: Node) -> str:
    """The gateway that the node uses over its bridge, or is to use, and that no file gives; "" when
    one does, or where that cannot be told.
    """
    network = facts.of(node.short, NETWORK)
    files = facts.of(node.short, IFUPDOWN)
    goal = goals.wanted(answers, facts, node)
    if not goal.gateway or network.manager(goal.bridge) or owned.other_ifupdown(facts, node):
        return ""
    if network.owners.scripts or goals.is_leased(files, goal.bridge):
        return ""
    if not _is_typed(network.routes, goal.gateway) or _runs_others(files, goal.bridge):
        return ""
    return "" if goals.says_default(files, goal.bridge, goal.gateway) else goal.gateway


def _is_typed(routes: tuple[Route, ...], gateway: str) -> bool:
    """Whether the default route is one that a command made, and no lease and no daemon."""
    for route in routes:
        if route.destination == DEFAULT and route.gateway == gateway and route.table == "main":
            return not (route.is_leased or route.daemon or route.comes_by_itself)
    return False


def _runs_others(files: Files, bridge: str) -> bool:
    """Whether a hook of the bridge runs what might add a route unseen."""
    for stanza in own_stanzas(files, bridge):
        for hook in stanza.hooks:
            lines = simple(hook.value)
            if lines is None or any(program(words) not in _ADD_NONE_UNSEEN for words in lines):
                return True
    return False
