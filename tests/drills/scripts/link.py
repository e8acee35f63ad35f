"""The network between the servers, and servers that hang: drills 7 to 9."""

from __future__ import annotations

import re
import time

from tests.drills.drill import Drill
from tests.drills.operator import (
    at_once,
    dead,
    ended,
    expect,
    full,
    heal,
    offered,
    recover,
    refused,
)
from tests.drills.scripts.parted import cut_off, keep, mend

CUT = 300
"""Seconds for which the network is cut."""
STALE = 200
"""Seconds for which rows are written that the other copy never sees."""
HELD = 60
"""Seconds within which the second copy of an instance must be held still."""


def link(drill: Drill) -> None:
    """7: the servers do not hear each other for five minutes; nobody is taken for dead."""
    drill.hand("cut", "cluster")
    mended = time.monotonic() + CUT
    seen = expect(drill, "link")
    drill.must(not seen.offers("takeover"), "takeover is not offered")
    refused(drill, "takeover", *dead("node1"))
    refused(drill, "node-dead", *dead("node2"))
    # The accident has its length; the operator was done sooner.
    time.sleep(max(0.0, mended - time.monotonic()))
    drill.hand("mend", "cluster")
    heal(drill, "reconnect", "service")


def stale(drill: Drill) -> None:
    """8: the primary writes alone for some minutes, then dies: its copy elsewhere is behind, which
    is said and must be accepted; what it wrote alone is thrown away when it is back.
    """
    cut = cut_off(drill, "node1")
    time.sleep(max(0.0, cut + STALE - time.time()))
    # An hour may go by without the hourly sign of life; here it falls into these minutes.
    drill.on("node2", "systemctl start gw-config-backup.service || true")
    drill.wait_for_entries(3)
    drill.hand("kill", "node2")
    drill.allowed.loss.append((cut, time.time()))
    mend(drill, "node1")
    seen = expect(drill, "node-dead")
    announced = re.search(r"stale by \d+ min", seen.text)
    drill.must(announced is not None, "the loss is announced")
    drill.tell("announced", announced[0] if announced else "nothing")
    recover(drill, "node-dead", *dead("node2"))
    asked = ("words that were asked for", drill.instance) in drill.rows
    drill.must(asked, "the instance's name must be typed")
    drill.wait_for_entries(5)
    drill.hand("boot", "node2")
    offered(drill, "rejoin")
    recover(drill, "rejoin", ok=(0, 4, 5))
    keep(drill, survivor="node1")
    heal(drill, "reconnect", "service", "home")


def hung(drill: Drill) -> None:
    """9: a server hangs, is falsely said to be without power, and goes on afterwards."""
    drill.hand("freeze", "node2")
    expect(drill, "node-dead")
    recover(drill, "node-dead", *dead("node2"))
    drill.wait_for_entries(5)
    drill.allowed.twice = HELD
    woken = time.time()
    drill.hand("thaw", "node2")
    paused = ended(at_once(drill, "twice"), f"xl pause {drill.instance}")
    drill.must(paused > 0, "the second copy is held still")
    drill.must(0 < paused <= woken + HELD, f"within {HELD} s")
    drill.tell("second copy held still after", f"{paused - woken:.0f} s")
    # What its database acknowledged meanwhile goes with it.
    drill.allowed.loss.append((woken, paused or time.time()))
    _claim_is_told(drill)
    # Now its power is really taken, as was said before.
    drill.hand("kill", "node2")
    drill.hand("boot", "node2")
    offered(drill, "rejoin")
    recover(drill, "rejoin", ok=(0, 4, 5))
    keep(drill, survivor="node1")
    heal(drill, "reconnect", "service", "home")


def _claim_is_told(drill: Drill) -> None:
    """The report of the runbook that rested on the claim has it."""
    status = drill.wizard("recover", "status", ok=(0, 5))
    found = re.search(r"^(\S+-node-dead): ", status, re.MULTILINE)
    drill.must(found is not None, "the accident is known")
    if found is not None:
        report = drill.wizard("recover", "report", found[1])
        drill.must(full("node2") in report, "the report names who was said to be dead")
        drill.must("its power cables were pulled" in report, "the report shows the claim")
