"""Both servers were down, or one after the other, and one is back: drills 5 and 6."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.operator import dead, expect, heal, look, recover, refused, settled
from tests.drills.scripts.power import returns

STARTS = ("first-back", "alone", "takeover", "master-dead", "node-dead")
"""All ways by which a server would start an instance without its peer."""


def _one_after_the_other(drill: Drill) -> None:
    """The instance runs on the master; its peer loses its power, rows come, the master follows."""
    drill.to("node1")
    drill.hand("kill", "node2")
    drill.wait_for_entries(10)
    drill.hand("kill", "node1")


def alone(drill: Drill) -> None:
    """5, the last one up comes back first: it may start without a vote, and lacks nothing."""
    _one_after_the_other(drill)
    drill.hand("boot", "node1")
    seen = expect(drill, "alone")
    drill.must(seen.first_way() == "wait", "waiting is the first way")
    recover(drill, "alone", *dead("node2"))
    drill.wait_for_entries(5)
    returns(drill, "node2")


def first_back(drill: Drill) -> None:
    """5, the other one comes back first: its copy is older, and nothing is started there."""
    _one_after_the_other(drill)
    drill.hand("boot", "node2")
    _nothing_starts(drill, "node2", "node1")
    drill.hand("boot", "node1")
    heal(drill, "reconnect", "service", "home")


def old_copy(drill: Drill) -> None:
    """6: a server dies, its instance goes on elsewhere; then that one dies, and the first one is
    back alone with what it had before.
    """
    drill.hand("kill", "node2")
    expect(drill, "node-dead")
    recover(drill, "node-dead", *dead("node2"))
    drill.wait_for_entries(10)
    drill.hand("kill", "node1")
    drill.hand("boot", "node2")
    _nothing_starts(drill, "node2", "node1")
    drill.hand("boot", "node1")
    heal(drill, "rejoin", "reconnect", "service", "home")


def _nothing_starts(drill: Drill, alive: str, lost: str) -> None:
    """Whatever would start the instance on the older copy is refused, and names the other one."""
    seen = settled(drill)
    drill.must(seen.first_way() == "wait", "waiting is the first way")
    drill.must(lost in seen.text, f"the diagnosis names {lost}")
    ways = [name for name in STARTS if any(seen.runbooks(name))]
    drill.must(bool(ways), "a way to start is shown, with its reason")
    for name in ways:
        drill.must(not seen.offers(name), f"{name} is not offered")
        refused(drill, name, *dead(lost))
    runs = f"xl list {drill.instance} >/dev/null 2>&1 && echo runs || echo not"
    drill.must(drill.on(alive, runs).strip() == "not", f"the instance does not run on {alive}")
    look(drill)
