"""What must hold after every drill, whatever happened in it, and the table that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.drills.ledger import Entries
from tests.drills.sampler import Sample, together

CLOCKS = 10.0
"""Seconds by which the clerk's clock may differ from this machine's."""
Stretch = tuple[float, float]
"""From one moment to another, in seconds since 1970."""


@dataclass
class Allowed:
    """What a drill brings about on purpose, and what is therefore no fault in it."""

    loss: list[Stretch] = field(default_factory=list)
    """Rows acknowledged in these stretches may be missing: that was announced or chosen."""
    twice: float = 0.0
    """Seconds for which the instance may be active on two nodes at a time."""
    masters: bool = False
    """Whether two nodes may act as master for a while."""


@dataclass(frozen=True)
class Seen:
    """What was measured from outside."""

    entries: Entries
    samples: Sequence[Sample]
    left: dict[str, str]
    """By node, the traces of an accident."""
    health: int
    """Exit code of the last `health`."""


def judge(seen: Seen, allowed: Allowed) -> tuple[list[tuple[str, str]], list[str]]:
    """The rows of the table, and what does not hold."""
    twice = together(list(seen.samples), "active")
    masters = together(list(seen.samples), "master")
    lost = [moment for moment in seen.entries.lost if not _within(moment, allowed.loss)]
    rows = [
        ("rows acknowledged", str(seen.entries.acknowledged)),
        ("rows missing", str(seen.entries.missing)),
        ("of these announced or chosen", str(seen.entries.missing - len(lost))),
        ("longest time without an acknowledged row", f"{seen.entries.longest_gap:.0f} s"),
        ("samples", str(len(seen.samples))),
        ("instance active on two nodes", _told(twice)),
        ("two masters", _told(masters)),
        ("left behind", str(seen.left or "nothing")),
        ("health ends with", str(seen.health)),
    ]
    wrong = []
    if lost:
        wrong.append(f"{len(lost)} acknowledged rows are missing")
    if any(end - begin > allowed.twice for begin, end in twice) or (twice and not allowed.twice):
        wrong.append(f"the instance was active on two nodes: {_told(twice)}")
    if masters and not allowed.masters:
        wrong.append(f"there were two masters: {_told(masters)}")
    if seen.left:
        wrong.append(f"left behind: {seen.left}")
    if seen.health > 1:
        wrong.append(f"health ends with {seen.health}")
    return rows, wrong


def _within(moment: float, stretches: Sequence[Stretch]) -> bool:
    return any(begin - CLOCKS <= moment <= end + CLOCKS for begin, end in stretches)


def _told(stretches: Sequence[Stretch]) -> str:
    if not stretches:
        return "never"
    told = [f"{end - begin:.0f} s from {begin:.0f}" for begin, end in stretches]
    return ", ".join(told)


def table(name: str, rows: Sequence[tuple[str, str]]) -> str:
    """The rows as text, under the drill's name."""
    lines = [f"drill {name}"]
    for label, value in rows:
        lines.append(f"  {label:<42} {value}")
    return "\n".join(lines) + "\n"
