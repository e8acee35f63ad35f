"""Copies that were both written to: drill 10, and what other drills need of it."""

from __future__ import annotations

import time

from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill
from tests.drills.operator import Pick, expect, full, heal, recover

WATCHED = 720
"""Seconds in which Ganeti's watcher, which comes every five minutes, tries at least twice."""
NO_WAY_BACK = "no way back"
"""What is typed where no snapshot can be made."""
MINORS = "sed -n 's/^ *\\([0-9][0-9]*\\): cs:[A-Z].*/\\1/p' /proc/drbd"
"""The minors of a node (drbd 8.4)."""
ALONE = "! grep -q 'cs:Connected' /proc/drbd"
APART = "! grep -Eq 'cs:(Connected|SyncSource|SyncTarget)' /proc/drbd"
WRITE = f"""set -e; for n in $({MINORS}); do
drbdsetup primary $n
dd if=/dev/drbd$n of=/dev/drbd$n bs=4096 count=1 conv=notrunc iflag=direct oflag=direct
drbdsetup secondary $n; done"""
"""A write to each disk of a node whose peer is away, of what is there already: the copy has a life
of its own from then on, and its data stays whole.
"""
PARTED = 120
"""Seconds until a node notices that its peer is away."""


def cut_off(drill: Drill, node: str) -> float:
    """The node hears nobody on the cluster's network any more; when that began."""
    begun = time.time()
    drill.hand("cut", f"{node}:cluster")
    drill.until(ALONE, node, PARTED)
    return begun


def mend(drill: Drill, node: str) -> None:
    """The node hears the others again."""
    drill.hand("mend", f"{node}:cluster")


def diverge(drill: Drill) -> float:
    """Both copies are written to while the standby is cut off; when they parted."""
    begun = cut_off(drill, "node1")
    drill.on("node1", WRITE)
    drill.wait_for_entries(10)
    mend(drill, "node1")
    return begun


def victim(drill: Drill, node: str) -> Pick:
    """The decision to throw away what that node has, by its short or its full name."""
    values = (f"{node}/{drill.instance}", f"{full(node)}/{drill.instance}")
    return lambda value: value in values


def keep(drill: Drill, survivor: str) -> None:
    """Throw away what the other node has alone."""
    (other,) = (node for node in ARTICLE.nodes if node != survivor)
    seen = expect(drill, "split-brain")
    drill.must(not seen.offers("reconnect"), "to connect is not offered")
    words = (f"{other}/{drill.instance}", NO_WAY_BACK)
    recover(drill, "split-brain", confirm=words, pick={"victim": victim(drill, other)})


def keep_running(drill: Drill) -> None:
    """10, first choice: what runs is kept, and loses nothing."""
    diverge(drill)
    keep(drill, survivor="node2")
    drill.wait_for_entries(5)
    heal(drill, "reconnect", "service", "home")


def keep_other(drill: Drill) -> None:
    """10, second choice: the standby's copy is kept; what was written since is lost by choice."""
    begun = diverge(drill)
    keep(drill, survivor="node1")
    drill.allowed.loss.append((begun, time.time()))
    heal(drill, "reconnect", "service", "home")


def keep_late(drill: Drill) -> None:
    """10 once more: the watcher works on a while before anybody looks, and decides nothing."""
    diverge(drill)
    time.sleep(WATCHED)
    for node in ARTICLE.nodes:
        drill.on(node, "cat /proc/drbd")
        alone = drill.on(node, f"{APART} && echo alone || echo not").strip()
        drill.must(alone != "not", f"the watcher connected nothing on {node}")
    keep(drill, survivor="node2")
    drill.wait_for_entries(5)
    heal(drill, "reconnect", "service", "home")
