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
    events: list[Evidence] = []
    for host in scene.answering:
        events += _of_server(scene, host)
    events += _takeover(scene)
    latest = scene.now + AHEAD
    told = [event for event in events if 0 < event.time <= latest]
    told.sort(key=lambda event: event.time)
    return tuple(told[-LATEST:])


def _takeover(scene: Scene) -> Iterator[Evidence]:
    """The latest takeover, as its note has it."""
    note = scene.takeover
    if note.time:
        what = f"{note.master} took the cluster over"
        yield Evidence("takeover", "cluster", what, note.time)


def _of_server(scene: Scene, host: str) -> Iterator[Evidence]:
    """What a server's journal and kernel tell."""
    history = scene.read(host, HISTORY)
    if history is not None:
        for ended in history.ended:
            what = "the last line of an earlier boot: it went down, or its power went"
            yield Evidence(HISTORY.name, host, what, ended)
        for change in history.changes:
            # Only what begins or ends replication is an event.
            fed_before = change.before in FED
            fed_after = change.after in FED
            if fed_before is not fed_after:
                yield _change(scene, host, change)
    pulse = scene.read(host, PULSE)
    if pulse is not None and pulse.uptime:
        began = pulse.now - int(pulse.uptime)
        yield Evidence(PULSE.name, host, "this boot began", began)


def _change(scene: Scene, host: str, change: Change) -> Evidence:
    # Without a configuration that was read, the minor's number is all that is known.
    label = f"DRBD's minor {change.minor}"
    for disk in scene.disks:
        if disk.minor_on(host) == change.minor:
            label = disk.label
    result = "found its other copy"
    if change.parting:
        result = "lost its other copy"
    what = f"{label} {result} ({change.before} -> {change.after})"
    return Evidence(HISTORY.name, host, what, change.time)
