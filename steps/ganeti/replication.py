"""What is said of a replicated disk whose copies differ, or whose synchronisation stands still."""

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
        return f"waits for its turn to synchronise ({minor.oos_kib} KiB are left)"
    if minor.synced is None:
        return "begins to synchronise"
    stalled = ", and stands still (DRBD says stalled)" if minor.stalled else ""
    return f"synchronises, {minor.synced:g} %{stalled}"


STALLED = "look at the network between the nodes and at the disks of both: dmesg; cat /proc/drbd"
"""How to mend a resynchronisation that stands still."""
