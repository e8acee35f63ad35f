"""The accidents, by the numbers of the recovery's specification, and the operator's way back."""

from __future__ import annotations

from tests.acceptance.database import SHORT, wait_up
from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill, Script


def _dies_and_returns(drill: Drill, node: str, runbook: str) -> None:
    """The node's power goes; the service goes on elsewhere; it comes back and all goes home."""
    drill.lab.wizard("lab", "kill", node)
    drill.wizard("recover", "diagnose", ok=(5,))
    drill.recover(runbook, "--dead", f"{node}.{ARTICLE.domain}", "--fenced", "cables")
    drill.wait_for_entries(5)
    drill.lab.wizard("lab", "boot", node)
    drill.wizard("recover", "diagnose", ok=(5,))
    drill.recover("rejoin")
    drill.recover("home")


def node_dead(drill: Drill) -> None:
    """1: the node that runs the instance dies; it comes back later."""
    _dies_and_returns(drill, "node2", "node-dead")


def master_dead(drill: Drill) -> None:
    """3: the master dies, and runs the instance."""
    drill.lab.ssh("node1", "gnt-instance", "failover", "-f", ARTICLE.instance, timeout=1200)
    wait_up(drill.lab)
    drill.wizard("unlock", SHORT, *drill.secret)
    drill.wait_for_entries(5)
    _dies_and_returns(drill, "node1", "master-dead")


def both_down(drill: Drill) -> None:
    """4: both lose their power and get it back; the watchers heal, and nothing is run."""
    for node in ARTICLE.nodes:
        drill.lab.wizard("lab", "kill", node)
    drill.lab.wizard("lab", "boot", *ARTICLE.nodes)
    drill.wizard("recover", "diagnose", ok=(0, 5))
    drill.recover("wait")
    drill.recover("service")


SCRIPTS: dict[str, Script] = {
    "node-dead": node_dead,
    "master-dead": master_dead,
    "both-down": both_down,
}
