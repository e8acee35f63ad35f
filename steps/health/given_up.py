"""Check of what a split brain's way out left behind: snapshots of the copy that was given up."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.common.sizes import GIB
from steps.ganeti.facts.kept import KEPT, Kept, Snapshot
from steps.health.look import Look, age
from wizard.model.verdicts import Level, Verdict

NEARLY = 80.0
"""Per cent from which a snapshot is nearly full. A full one is void (lvcreate(8))."""
FULL = 100.0


def snapshots(look: Look) -> Iterator[Verdict]:
    """What is kept, for how long, and how it is removed; none of it runs full."""
    kept_by_host = _kept_by_host(look)
    if not kept_by_host:
        yield Verdict("snapshots", "", Level.OK, what="nothing given up in a split brain is kept")
    for host, kept in kept_by_host.items():
        yield _verdict(host, kept)


def _kept_by_host(look: Look) -> dict[str, Kept]:
    """What each server keeps, of those that let themselves be seen and keep anything."""
    found = {}
    for node in look.seen:
        kept = look.facts.of(node.short, KEPT)
        if kept.snapshots:
            found[node.short] = kept
    return found


def _verdict(host: str, kept: Kept) -> Verdict:
    level = Level.OK
    what = _told(kept)
    danger = _danger(kept)
    if danger:
        level = Level.WARNING
        what += f"; {danger}"
    volumes = [f"{snapshot.group}/{snapshot.name}" for snapshot in kept.snapshots]
    listed = shlex.join(volumes)
    mend = f"once nobody wants to look at it any more, on {host}: lvremove {listed}"
    return Verdict("snapshots", host, level, what, mend)


def _danger(kept: Kept) -> str:
    """What the fullest snapshot threatens, or has lost already; "" while there is room."""
    worst = max(kept.snapshots, key=_fullness)
    fullness = _fullness(worst)
    if fullness >= FULL:
        return f"{worst.name} is full: what it kept is lost"
    if fullness >= NEARLY:
        return f"{worst.name} is {fullness:.0f} % full, and void once it is full"
    return ""


def _fullness(snapshot: Snapshot) -> float:
    """In per cent; one that is not active, of which lvs tells none, does not fill."""
    return snapshot.full or 0.0


def _told(kept: Kept) -> str:
    """How many there are and how much of the group they take, since when, and how full."""
    number = len(kept.snapshots)
    subject = f"{number} snapshot"
    verb = "is"
    if number > 1:
        subject = f"{number} snapshots"
        verb = "are"
    size = sum(snapshot.size for snapshot in kept.snapshots) / GIB
    told = f"{subject} of what was given up in a split brain {verb} left: {size:.1f} GiB"
    told += _age_of_oldest(kept)
    told += _use_of_fullest(kept)
    return told


def _age_of_oldest(kept: Kept) -> str:
    """As the sentence goes on; "" where nobody can tell the age of any."""
    made = [snapshot.made for snapshot in kept.snapshots if snapshot.made]
    if not made or not kept.now:
        return ""
    oldest = age(kept.now - min(made))
    return f", the oldest of {oldest} ago"


def _use_of_fullest(kept: Kept) -> str:
    """As the sentence goes on; "" where lvs tells of none how full it is."""
    known = [snapshot.full for snapshot in kept.snapshots if snapshot.full is not None]
    if not known:
        return ""
    return f", the fullest at {max(known):.0f} %"
