"""The operator's own machine is gone: the program is carried to the servers in one file."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.operator import dead, expect, look, recover
from tests.drills.scripts.alone import STARTS
from tests.drills.scripts.power import returns
from tests.drills.seat import STATE, carried

BUNDLES = f"find {STATE} -name '*.tar.gz' | wc -l"


def one_file(drill: Drill) -> None:
    """1, worked off on the survivor; the server that is back is looked at from itself, evidence is
    kept there, and nothing is started.
    """
    own = drill.seat
    drill.hand("kill", "node2")
    _adopted(drill, "node1")
    survivor = drill.seat
    expect(drill, "node-dead")
    recover(drill, "node-dead", *dead("node2"))
    drill.wait_for_entries(5)
    drill.hand("boot", "node2")
    _adopted(drill, "node2")
    _looks(drill)
    drill.seat = survivor
    returns(drill, "node2")
    drill.seat = own


def _adopted(drill: Drill, node: str) -> None:
    """The operator sits at that server, and took in what it knows of the cluster."""
    drill.seat = carried(drill.lab, node, drill.passphrase)
    drill.run(("--lab", "recover", "adopt", "local"), ok=(0,))


def _looks(drill: Drill) -> None:
    """On the server that came back alone from the operator's view: a diagnosis and its evidence."""
    seen = look(drill)
    drill.must(not seen.well, "the one that is back sees that something is the matter")
    for name in STARTS:
        drill.must(not seen.offers(name), f"{name} is not offered there")
    drill.wizard("recover", "diagnose", "--bundle", ok=(5,))
    kept = drill.on("node2", BUNDLES).strip()
    drill.must(kept != "0", "evidence is kept there")
