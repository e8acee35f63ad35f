"""The accidents, by the numbers of the recovery's specification, and the operator's way back."""

from __future__ import annotations

from tests.acceptance.database import wait_up
from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill, Script

NODE1, NODE2 = (f"{node}.{ARTICLE.domain}" for node in ARTICLE.nodes)
FENCED = ("--fenced", "cables")


def node_dead(drill: Drill) -> None:
    """1: the node that runs the instance dies; it comes back later."""
    drill.lab.wizard("lab", "kill", "node2")
    drill.wizard("recover", "diagnose", ok=(5,))
    drill.recover("node-dead", "--dead", NODE2, *FENCED)
    drill.wait_for_entries(5)
    drill.lab.wizard("lab", "boot", "node2")
    drill.wizard("recover", "diagnose", ok=(5,))
    drill.recover("rejoin")
    drill.recover("home")


def master_dead(drill: Drill) -> None:
    """3: the master dies, and runs the instance."""
    drill.lab.ssh("node1", "gnt-instance", "failover", "-f", ARTICLE.instance, timeout=1200)
    wait_up(drill.lab)
    drill.wizard("--secret", f"vault-inst1={drill.passphrase}", "unlock", "inst1")
    drill.wait_for_entries(5)
    drill.lab.wizard("lab", "kill", "node1")
    drill.wizard("recover", "diagnose", ok=(5,))
    drill.recover("master-dead", "--dead", NODE1, *FENCED)
    drill.wait_for_entries(5)
    drill.lab.wizard("lab", "boot", "node1")
    drill.wizard("recover", "diagnose", ok=(5,))
    drill.recover("rejoin")
    drill.recover("home")


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
