"""A server's mirrors: drills 13 and 14."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.operator import Pick, expect, heal, look, recover, refused

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


def stale_half(drill: Drill) -> None:
    """14: a disk that fell out long ago is put in again, and the server starts from it alone: the
    newer half is seen as soon as it is in. Nothing is mended until it started from that one.
    """
    drill.on(NODE, FAST)
    drill.hand("pull", NODE, "2")
    expect(drill, "disk")
    drill.wait_for_entries(20)
    drill.hand("kill", NODE)
    _only(drill, SECOND)
    drill.hand("plug", NODE, "1")
    seen = expect(drill, "stale-half")
    drill.must(seen.first_way() == "look", "looking at both halves is the first way")
    drill.must(FIRST in seen.text, "the disk that was written to last is named")
    refused(drill, "disk", says="older half")
    drill.hand("kill", NODE)
    _only(drill, FIRST)
    drill.on(NODE, FAST)
    drill.must("stale-half" not in look(drill).situations, "it runs on the newer half")
    drill.hand("plug", NODE, "2")
    _complete(drill, SECOND)
    heal(drill, "reconnect", "service")


def _only(drill: Drill, serial: str) -> None:
    """Start the server, which is off, with that one disk in it."""
    disks = {FIRST: "1", SECOND: "2"}
    for other, number in disks.items():
        drill.hand("plug" if other == serial else "pull", NODE, number)
    drill.hand("boot", NODE)


def _complete(drill: Drill, serial: str) -> None:
    """The disk of that serial becomes the other half again, of every mirror."""
    recover(drill, "disk", confirm=(serial,), pick={"new-disk": _is(serial)})
    mirrors = drill.on(NODE, "cat /proc/mdstat")
    drill.must(mirrors.count("[UU]") >= 2, f"all mirrors are whole with {serial}")


def _is(serial: str) -> Pick:
    return lambda value: value == serial
