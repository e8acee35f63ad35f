"""Check of what a split brain's way out left behind: snapshots of the copy that was given up."""

from __future__ import annotations

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
    kept_by = {}
    for node in look.seen:
        kept = look.facts.of(node.short, KEPT)
        if kept.snapshots:
            kept_by[node.short] = kept
    for host, kept in kept_by.items():
        yield _verdict(host, kept, look.answers.lvm.vg)
    if not kept_by:
        yield Verdict("snapshots", "", Level.OK, what="nothing given up in a split brain is kept")


def _verdict(host: str, kept: Kept, group: str) -> Verdict:
    what = _told(kept)
    worst = max(kept.snapshots, key=_fullness)
    level = Level.OK
    if _fullness(worst) >= FULL:
        level = Level.WARNING
        what += f"; {worst.name} is full: what it kept is lost"
    elif _fullness(worst) >= NEARLY:
        level = Level.WARNING
        what += f"; {worst.name} is {worst.full:.0f} % full, and void once it is full"
    names = " ".join(f"{group}/{snapshot.name}" for snapshot in kept.snapshots)
    mend = f"once nobody wants to look at it any more, on {host}: lvremove {names}"
    return Verdict("snapshots", host, level, what, mend)


def _told(kept: Kept) -> str:
    size = sum(snapshot.size for snapshot in kept.snapshots) / GIB
    number = len(kept.snapshots)
    plural = number > 1
    subject = f"{number} snapshot{'s' if plural else ''}"
    verb = "are" if plural else "is"
    told = f"{subject} of what was given up in a split brain {verb} left: {size:.1f} GiB"
    made = [snapshot.made for snapshot in kept.snapshots if snapshot.made]
    if made and kept.now:
        told += f", the oldest of {age(kept.now - min(made))} ago"
    known = [snapshot.full for snapshot in kept.snapshots if snapshot.full is not None]
    if known:
        told += f", the fullest at {max(known):.0f} %"
    return told


def _fullness(snapshot: Snapshot) -> float:
    return snapshot.full or 0.0
