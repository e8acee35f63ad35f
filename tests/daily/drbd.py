"""What may be wrong with replication, one thing at a time: see `tests/daily/wrong.py`."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.daily.scene import Scene
from wizard.model.verdicts import Level

Change = Callable[[Scene], object]
DRBD = "0: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate"


def _out_of_sync(scene: Scene, states: str) -> None:
    """The first minor of node1 in these states, with 40 MiB that differ."""
    scene.change("node1", "replicas", DRBD, f"0: {states}")
    head, first, rest = scene.raw["node1"]["replicas"].partition("oos:0")
    assert first
    scene.raw["node1"]["replicas"] = f"{head}oos:40960{rest}"


def _left_alone(scene: Scene) -> None:
    """Ganeti counts the disks of the instance, which runs, as inactive."""
    for host in ("node1", "node2"):
        data = json.loads(scene.raw[host]["ganeti"])
        for one in (data["config"] or {}).get("instances", []):
            one["active"] = False
        scene.raw[host]["ganeti"] = json.dumps(data, indent=1, sort_keys=True)


DRBD_WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "memory of instances is sent": (
        lambda scene: scene.raw["node1"].update({"dead-links": "in-place\n"}),
        "sending",
        "node1",
        Level.WARNING,
        "an instance that is stopped here may hang for ever",
    ),
    "memory that dead connections keep": (
        lambda scene: scene.raw["node2"].update(
            {"dead-links": "in-place\nstuck\nlink: 10.0.0.2:11000 10.0.0.1:40115 132449\n"}
        ),
        "sending",
        "node2",
        Level.CRITICAL,
        "Xen is stuck",
    ),
    "a failed activation": (
        _left_alone,
        "drbd",
        "",
        Level.WARNING,
        "Ganeti failed to activate all disks of inst1.name.org once",
    ),
    "split brain": (
        lambda s: s.change(
            "node1", "replicas", DRBD, "0: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown"
        ),
        "drbd",
        "node1",
        Level.CRITICAL,
        "cut off from its copy",
    ),
    "peer away": (
        lambda s: s.change(
            "node1",
            "replicas",
            DRBD,
            "0: cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown",
        ),
        "drbd",
        "node1",
        Level.CRITICAL,
        "is not replicated",
    ),
    "synchronising": (
        lambda s: s.change(
            "node1",
            "replicas",
            DRBD,
            "0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate\n\t[==>..] "
            "sync'ed: 17.5% (1692/2048)M",
        ),
        "drbd",
        "node1",
        Level.WARNING,
        "synchronises, 17.5 %",
    ),
    "synchronisation stands still": (
        lambda s: s.change(
            "node1",
            "replicas",
            DRBD,
            "0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate\n"
            "    ns:0 nr:4 dw:4 oos:1732608\n\t[==>..] sync'ed: 17.5% (1692/2048)M\n"
            "\tfinish: 0:17:26 speed: 0 (0) K/sec (stalled)",
        ),
        "drbd",
        "node1",
        Level.WARNING,
        "synchronises, 17.5 %, and stands still",
    ),
    "synchronisation waits": (
        lambda s: _out_of_sync(s, "cs:PausedSyncT ro:Secondary/Primary ds:Inconsistent/UpToDate"),
        "drbd",
        "node1",
        Level.WARNING,
        "waits for its turn to synchronise (40960 KiB are left)",
    ),
    "synchronisation paused by hand": (
        # drbd_proc.c: the fourth letter is a pause on this node, the third one on the other
        lambda s: _out_of_sync(
            s, "cs:PausedSyncT ro:Secondary/Primary ds:Inconsistent/UpToDate C r--u-- "
        ),
        "drbd",
        "node1",
        Level.WARNING,
        "synchronises no further, somebody paused it on this node (40960 KiB are left)",
    ),
    "writes held back": (
        lambda s: s.change("node1", "replicas", f"{DRBD} C r-----", f"{DRBD} C s-----"),
        "drbd",
        "node1",
        Level.CRITICAL,
        "DRBD holds back every write",
    ),
    "writable on both nodes": (
        lambda s: s.change(
            "node1", "replicas", DRBD, "0: cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate"
        ),
        "drbd",
        "node1",
        Level.WARNING,
        "may be written to on both nodes",
    ),
    "DRBD 9": (
        lambda s: s.change("node1", "replicas", "version: 8.4", "version: 9.2"),
        "drbd",
        "node1",
        Level.CRITICAL,
        "of which Ganeti knows nothing",
    ),
    "copies differ after a verification": (
        # LINBIT/drbd #30, #68
        lambda s: _out_of_sync(s, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate"),
        "drbd",
        "node1",
        Level.CRITICAL,
        "the two copies differ: 40960 KiB are out of sync",
    ),
    "copies found to differ by a verification at work": (
        lambda s: _out_of_sync(s, "cs:VerifyT ro:Secondary/Primary ds:UpToDate/UpToDate"),
        "drbd",
        "node1",
        Level.CRITICAL,
        "the two copies differ: 40960 KiB are out of sync",
    ),
    "disk lost under it": (
        lambda s: s.change(
            "node1", "replicas", DRBD, "0: cs:Connected ro:Secondary/Primary ds:Diskless/UpToDate"
        ),
        "drbd",
        "node1",
        Level.CRITICAL,
        "lost its storage on one side",
    ),
}
