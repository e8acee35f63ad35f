"""What the servers remember of the last days, in order: their boots, and when the copies of an
instance's disks lost and found each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.history import FED, HISTORY, Change
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from wizard.model.recovery import Evidence

LATEST = 40
"""Events that are told; a link that comes and goes has hundreds of them."""
AHEAD = 86400
"""Seconds that a clock may be ahead of this machine's: what lies further on is no time of an event.
"""


def timeline(scene: Scene) -> tuple[Evidence, ...]:
    """The latest events of all servers that answer, each by its own clock, the oldest first."""
    events = []
    for host in scene.answering:
        for event in _of_server(scene, host):
            if 0 < event.time <= scene.now + AHEAD:
                events.append(event)
    if 0 < scene.takeover.time <= scene.now + AHEAD:
        what = f"{scene.takeover.master} took the cluster over"
        events.append(Evidence("takeover", "cluster", what, scene.takeover.time))
    events.sort(key=lambda event: event.time)
    return tuple(events[-LATEST:])


def _of_server(scene: Scene, host: str) -> Iterator[Evidence]:
    history = scene.read(host, HISTORY)
    if history is not None:
        for ended in history.ended:
            what = "the last line of an earlier boot: it went down, or its power went"
            yield Evidence(HISTORY.name, host, what, ended)
        for change in history.changes:
            if (change.before in FED) is not (change.after in FED):
                yield _change(scene, host, change)
    pulse = scene.read(host, PULSE)
    if pulse is not None and pulse.uptime:
        yield Evidence(PULSE.name, host, "this boot began", pulse.now - int(pulse.uptime))


def _change(scene: Scene, host: str, change: Change) -> Evidence:
    label = f"DRBD's minor {change.minor}"
    for disk in scene.disks:
        if disk.minor_on(host) == change.minor:
            label = disk.label
    result = "lost its other copy" if change.parting else "found its other copy"
    what = f"{label} {result} ({change.before} -> {change.after})"
    return Evidence(HISTORY.name, host, what, change.time)
