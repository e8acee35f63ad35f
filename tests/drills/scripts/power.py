"""Servers that lose their power and get it back: drills 1 to 4, and how soon the first answer is
there.
"""

from __future__ import annotations

import time

from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill
from tests.drills.operator import dead, expect, heal, look, offered, recover

WATCHERS = 3
"""How often `wait` may be needed until the watchers healed two servers that booted."""


def returns(drill: Drill, node: str) -> None:
    """It gets its power back, is taken in again, and all goes home."""
    drill.hand("boot", node)
    offered(drill, "rejoin")
    recover(drill, "rejoin")
    heal(drill, "reconnect", "home", "service")


def dies_and_returns(drill: Drill, node: str, situation: str, runbook: str) -> None:
    """The node's power goes; the service goes on elsewhere; it comes back and all goes home."""
    drill.hand("kill", node)
    seen = expect(drill, situation)
    drill.must(seen.first_way() == "wait", "waiting is the first way")
    recover(drill, runbook, *dead(node))
    drill.wait_for_entries(5)
    returns(drill, node)


def node_dead(drill: Drill) -> None:
    """1: the node that runs the instance dies; it comes back later."""
    dies_and_returns(drill, "node2", "node-dead", "node-dead")


def takeover(drill: Drill) -> None:
    """2: the master dies, and the instance runs elsewhere: the service never stops."""
    drill.hand("kill", "node1")
    seen = expect(drill, "master-idle-dead")
    drill.must(seen.first_way() == "wait", "waiting is the first way")
    drill.wait_for_entries(5)
    recover(drill, "takeover", *dead("node1"))
    drill.wait_for_entries(5)
    returns(drill, "node1")


def master_dead(drill: Drill) -> None:
    """3: the master dies, and runs the instance."""
    drill.to("node1")
    dies_and_returns(drill, "node1", "master-dead", "master-dead")


def both_down(drill: Drill) -> None:
    """4: both lose their power and get it back; the watchers heal, and nothing is run."""
    before = _begun(drill)
    for node in ARTICLE.nodes:
        drill.hand("kill", node)
    drill.hand("boot", *ARTICLE.nodes)
    for _ in range(WATCHERS):
        drill.wizard("recover", "apply", "wait", ok=(0, 5))
        if set(look(drill).situations) <= {"service"}:
            break
    drill.must(_begun(drill) == before, "nothing was run")
    heal(drill, "service")


def _begun(drill: Drill) -> str:
    """The runbooks that were begun so far, also those before the snapshot."""
    return drill.wizard("recover", "status", ok=(0, 5))


def first_answer(drill: Drill) -> None:
    """How long the first diagnosis takes with one server silent, and with both."""
    for node, silent in (("node2", "one"), ("node1", "both")):
        drill.hand("kill", node)
        begun = time.monotonic()
        drill.wizard("recover", "diagnose", ok=(5, 6))
        drill.tell(f"first answer, {silent} silent", f"{time.monotonic() - begun:.0f} s")
    drill.hand("boot", *ARTICLE.nodes)
    heal(drill, "reconnect", "service")
