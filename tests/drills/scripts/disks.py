"""A server's mirrors: drill 13."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.operator import Pick, expect, heal, recover

FAST = "sysctl -q -w dev.raid.speed_limit_max=40000"
"""KiB/s: the lab slows its mirrors down, and a drill waits for several whole resynchronisations."""
NODE = "node1"
FIRST, SECOND, NEW = "GWN1D1", "GWN1D2", "GWN1D2R1"
"""Serial numbers of the lab's disks in it; the last one is the blank one's."""


def disk(drill: Drill) -> None:
    """13: a half of the mirrors falls out and comes back; then a new disk is in its place, and the
    server boots from that one alone.
    """
    drill.on(NODE, FAST)
    drill.hand("pull", NODE, "2")
    expect(drill, "disk")
    drill.hand("plug", NODE, "2")
    _complete(drill, SECOND)
    drill.hand("pull", NODE, "2")
    expect(drill, "disk")
    said = drill.hand("plug", NODE, "2", "--blank")
    drill.must(NEW in said, "the new disk has a serial of its own")
    _complete(drill, NEW)
    drill.hand("kill", NODE)
    drill.hand("pull", NODE, "1")
    drill.hand("boot", NODE)
    drill.tell("booted from the new disk alone", drill.on(NODE, "uptime -s").strip())
    drill.on(NODE, FAST)
    expect(drill, "disk")
    drill.hand("plug", NODE, "1")
    _complete(drill, FIRST)
    heal(drill, "reconnect", "service")


def _complete(drill: Drill, serial: str) -> None:
    """The disk of that serial becomes the other half again, of every mirror."""
    recover(drill, "disk", confirm=(serial,), pick={"new-disk": _is(serial)})
    mirrors = drill.on(NODE, "cat /proc/mdstat")
    drill.must(mirrors.count("[UU]") >= 2, f"all mirrors are whole with {serial}")


def _is(serial: str) -> Pick:
    return lambda value: value == serial
