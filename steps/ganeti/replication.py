"""What is said of a replicated disk whose copies differ, or whose writes or synchronisation stand
still.
"""

from __future__ import annotations

from steps.ganeti.facts.drbdminors import Minor


def differs(minor: Minor) -> str:
    """How the two copies stand when both claim to be the right one."""
    return (
        f"the two copies differ: {minor.oos_kib} KiB are out of sync, while both count as up to "
        f"date (DRBD minor {minor.number}: {minor.states})"
    )


def copy_anew(guest: str) -> str:
    """How to make them the same. An online verification marks what differs, and DRBD copies it at
    the next connection only (DRBD 8.4 user's guide, "Using on-line device verification").
    """
    return (
        "first look for a failing disk or memory on both nodes (dmesg, health's raid), and do not "
        f"move the instance; then gnt-instance replace-disks -s {guest} copies everything anew "
        "from where it runs"
    )


def progress(minor: Minor) -> str:
    """How a resynchronisation goes on."""
    if minor.cs.startswith("PausedSync"):
        left = f"({minor.oos_kib} KiB are left)"
        places = _paused(minor)
        if places:
            return f"synchronises no further, somebody paused it on {places} {left}"
        return f"waits for its turn to synchronise {left}"
    if minor.synced is None:
        return "begins to synchronise"
    stalled = ", and stands still (DRBD says stalled)" if minor.stalled else ""
    return f"synchronises, {minor.synced:g} %{stalled}"


def _paused(minor: Minor) -> str:
    """Where its synchronisation was paused by a command; "" where it only waits for another."""
    places = []
    if minor.paused_here:
        places.append("this node")
    if minor.paused_there:
        places.append("the other node")
    return " and ".join(places)


def get_on(minor: Minor, otherwise: str) -> str:
    """What makes a resynchronisation go on; `otherwise` where nothing has to."""
    if minor.stalled:
        return (
            "look at the network between the nodes and at the disks of both: dmesg; cat /proc/drbd"
        )
    places = _paused(minor)
    if minor.cs.startswith("PausedSync") and places:
        # Ganeti pauses the copies of a disk that it makes or wipes, and lets them go on itself.
        return (
            "unless a job of Ganeti is at it (gnt-job list --running): drbdsetup resume-sync N on "
            f"{places}, N being its minor there (here {minor.number})"
        )
    return otherwise


def suspended(minor: Minor) -> str:
    """How a disk stands whose writes DRBD holds back."""
    return (
        f"DRBD holds back every write, so that who writes stands still (DRBD minor {minor.number}: "
        f"{minor.states})"
    )


def let_write(minor: Minor, connect: str) -> str:
    """How its writes go on. Held back for a peer that is away they must not be let go before it is
    known which copy is newer (DRBD 8.4 user's guide, "Fencing").
    """
    if minor.cs != "Connected":
        return connect
    return (
        "find out who suspended it (a program that takes snapshots; dmesg has DRBD's own reasons), "
        f"then drbdsetup resume-io {minor.number}"
    )
