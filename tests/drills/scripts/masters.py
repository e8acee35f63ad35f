"""Two masters, and Ganeti's queue: drills 17 and 18."""

from __future__ import annotations

import time

from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill
from tests.drills.operator import dead, expect, full, heal, recover
from tests.drills.sampler import LISTENS
from tests.drills.scripts.parted import cut_off, mend
from tests.drills.scripts.power import returns

FOR_GOOD = """printf '%s\\n' 'WCONFD_ARGS="--no-voting --yes-do-it"' \
'LUXID_ARGS="--no-voting --yes-do-it"' >>/etc/default/ganeti"""
"""What somebody writes there who wants a master to start at any price."""
TAG = "ran-by-itself"
QUEUED = 3
"""Jobs that wait behind one that takes long."""


def one_master(drill: Drill) -> None:
    """17: the link breaks, both are made to lead without a vote, the link is mended."""
    drill.allowed.masters = True
    cut_off(drill, "node1")
    for node in ARTICLE.nodes:
        drill.on(node, FOR_GOOD)
    drill.on("node2", "gnt-cluster master-failover --no-voting --yes-do-it || true", timeout=1800)
    drill.until(f'[ "$({LISTENS})" = 1 ]', "node2", 60)
    mend(drill, "node1")
    expect(drill, "one-master")
    recover(drill, "one-master", confirm=(full("node1"),), pick={"right": _first})
    heal(drill, "rejoin", "reconnect", "service", "home")
    counted = [drill.on(node, LISTENS).strip() for node in ARTICLE.nodes]
    drill.must(counted == ["1", "0"], "node1 leads, and it alone")


def _first(value: str) -> bool:
    return value == "node1"


def queue(drill: Drill) -> None:
    """18: the queue is drained and the daemons that run it are killed in the middle of a job.

    On Debian 12 nothing of Ganeti's starts them again: their PID files are in the way.
    """
    drill.on("node1", "gnt-debug delay --submit 300 >/dev/null")
    drill.on("node1", "gnt-cluster queue drain")
    drill.on("node1", "pkill -KILL -x ganeti-luxid; pkill -KILL -x ganeti-wconfd; true")
    seen = expect(drill, "queue")
    drill.must("ended without removing its PID file" in seen.text, "it is said why nobody leads")
    heal(drill, "start-master", "queue", "service")
    drill.wait_for_entries(3)
    said = drill.on("node1", "gnt-cluster queue info")
    drill.must("unset" in said, "the queue takes jobs")
    drill.on("node1", "gnt-debug delay 1", timeout=300)


def queued(drill: Drill) -> None:
    """18: jobs are queued when the master dies; the new master must not run them by itself."""
    drill.on("node1", "gnt-cluster modify --max-running-jobs=1", timeout=300)
    drill.on("node1", "gnt-debug delay --submit 1800 >/dev/null")
    for number in range(QUEUED):
        tags = f"gnt-instance add-tags --submit {drill.instance} {TAG}-{number} >/dev/null"
        drill.on("node1", tags)
    drill.must("queued" in drill.on("node1", "gnt-job list"), "jobs are queued")
    drill.hand("kill", "node1")
    expect(drill, "master-idle-dead")
    recover(drill, "takeover", *dead("node1"))
    begun = time.monotonic()
    drill.on("node2", "gnt-cluster modify --max-running-jobs=20", timeout=300)
    # A job that comes to its end after them shows that they had their turn.
    drill.on("node2", "gnt-debug delay 5", timeout=600)
    drill.tell("the new master's first job took", f"{time.monotonic() - begun:.0f} s")
    said = drill.on("node2", f"gnt-instance list-tags {drill.instance}")
    drill.must(TAG not in said, "none of the queued jobs ran by itself")
    returns(drill, "node1")
