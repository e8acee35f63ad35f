"""A copy that is half of a resync: drill 11."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.operator import dead, expect, heal, refused
from tests.drills.scripts.parted import MINORS

RESYNC = f"""set -e; for n in $({MINORS}); do drbdsetup invalidate $n; done"""
"""On the standby: all of its copies are fetched anew from the primary (drbdsetup(8))."""
HALF = "grep -q 'cs:SyncTarget .*ds:Inconsistent/' /proc/drbd"


def incomplete(drill: Drill) -> None:
    """11: the source dies during a resync: nothing may run on the half, and all heals when it is
    back.
    """
    drill.on("node1", RESYNC)
    drill.until(HALF, "node1", 120)
    drill.hand("kill", "node2")
    seen = expect(drill, "incomplete")
    drill.must(not seen.offers("force"), "the half is not offered")
    drill.must(not seen.offers("node-dead"), "to go on without the source is not offered")
    refused(drill, "node-dead", *dead("node2"))
    drill.hand("boot", "node2")
    heal(drill, "reconnect", "service")
