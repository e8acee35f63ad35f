"""What starts and restarts make of Ganeti's daemons on a simulated server."""

from __future__ import annotations

import re

from tests.steps.recover.accident import MASTER, Accident

CLUSTER = "2: xenbr0    inet 192.168.0.113/32 scope global xenbr0\n"
_LEFT = re.compile(r"^left: .*\n", re.MULTILINE)


def started(raw: dict[str, str], daemon: str, *, voted: bool) -> None:
    """One more daemon runs; luxid brings the cluster's address."""
    vote = "-" if voted else "unvoted"
    raw["ganeti-running"] += f"daemon: {daemon[:15]} {vote}\n"
    if "luxid" in daemon:
        raw["ganeti-running"] += CLUSTER


def restarted(raw: dict[str, str], address: str) -> None:
    """All of the master's run, by a vote, whatever killed ones left."""
    raw["ganeti-running"] = Accident.running(address, *MASTER, cluster=True)


def forgotten(raw: dict[str, str]) -> None:
    """The PID files of killed daemons are gone."""
    raw["ganeti-running"] = _LEFT.sub("", raw["ganeti-running"])
