"""Ganeti's watcher: what it would do by itself, unless it is paused."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.clocks import clock
from steps.recover.facts.hold import HOLDS
from steps.recover.facts.lineage import LINEAGE
from steps.recover.moments import moment
from steps.recover.scene import Scene
from steps.recover.situations.words import by_hand, thaw, wait
from wizard.model.recovery import Confidence, Runbook, Situation

PAUSE_SECONDS = 7200
"""For how long a runbook pauses it."""
SLACK = 60


def paused_until(scene: Scene, host: str) -> int:
    """Until when the watcher of a node is paused, by that node's clock; 0 while it works."""
    lineage = scene.read(host, LINEAGE)
    if lineage is None or lineage.paused <= clock(scene, host):
        return 0
    return lineage.paused


def by_somebody_else(scene: Scene, host: str) -> bool:
    """Whether it is paused for longer than any runbook does it: that is somebody's own will."""
    return paused_until(scene, host) > clock(scene, host) + PAUSE_SECONDS + SLACK


def left_to_it(scene: Scene, text: str, minutes: int) -> Runbook:
    """Waiting for what the master's watcher does; while it is paused nobody need wait for that."""
    until = paused_until(scene, scene.master) if scene.master else 0
    if not until:
        return wait(text, minutes)
    told = f"Ganeti's watcher is paused until {moment(until)}: by itself it does nothing here."
    return wait(told, minutes)


def paused(scene: Scene) -> Iterator[Situation]:
    """It is paused, and no work is under way that it is paused for: after the next power cut it
    would start nothing.
    """
    evidence = []
    hosts = []
    for host in scene.answering:
        hold = scene.read(host, HOLDS)
        until = paused_until(scene, host)
        if until and hold is not None and not hold.owner:
            hosts.append(host)
            what = f"the watcher is paused until {moment(until)}"
            evidence.append(scene.evidence(LINEAGE, host, what))
    if not hosts:
        return
    title = f"Ganeti's watcher is paused on {' and '.join(hosts)}: it starts nothing by itself"
    words = (by_hand("Ask who paused it, and why; if nobody needs it any more:"), *thaw(hosts))
    runbooks = (
        wait("It ends by itself at that time.", 10),
        Runbook("unpause", "Let the watcher work again", words),
    )
    yield Situation("watcher-paused", title, Confidence.CERTAIN, tuple(evidence), runbooks)
