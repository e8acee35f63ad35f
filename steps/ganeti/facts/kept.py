"""The snapshots that `recover split-brain` made of what was given up: they stay until somebody
removes them.
"""

from __future__ import annotations

import re
import time
from calendar import timegm
from dataclasses import dataclass

from wizard.model.facts import Fact

PREFIX = "gw-split-"
"""The beginning of their names: none of Ganeti's volumes begins so."""
NAME = re.compile(rf"{PREFIX}[A-Za-z0-9_.-]{{1,110}}")
_MADE = re.compile(r"-(\d{8}T\d{6}Z)$")
"""The accident's moment, which ends each name."""
_UNREAD = "unread"


@dataclass(frozen=True)
class Snapshot:
    """One of them: its volume group, its size in bytes, `made` in seconds since 1970 (0 unknown),
    and how full it is in per cent; None while it is not active.
    """

    group: str
    name: str
    size: int
    made: int = 0
    full: float | None = None


@dataclass(frozen=True)
class Kept:
    """All of a node's. `now` is the host's clock."""

    now: int = 0
    snapshots: tuple[Snapshot, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """How they are called."""
        return tuple(snapshot.name for snapshot in self.snapshots)


def parse(text: str) -> Kept:
    """Read the clock in the first line, then rows of lvs; a name that is not one of ours is left
    out.

    Raises ValueError when lvs did not say what there is.
    """
    clock, _, rows = text.partition("\n")
    if _UNREAD in rows.split():
        raise ValueError("lvs does not say which volumes there are")
    snapshots = []
    for row in rows.splitlines():
        match row.strip().split("|"):
            case [name, size, full, group] if NAME.fullmatch(name) and size.isdigit():
                moment = _made(name)
                snapshots.append(Snapshot(group, name, int(size), moment, _percent(full)))
    return Kept(int(clock) if clock.strip().isdigit() else 0, tuple(snapshots))


def _made(name: str) -> int:
    stamp = _MADE.search(name)
    if stamp is None:
        return 0
    try:
        return timegm(time.strptime(stamp[1], "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return 0


def _percent(text: str) -> float | None:
    """lvs leaves the field empty for a volume that is not active."""
    try:
        return float(text)
    except ValueError:
        return None


_SCRIPT = (
    "date +%s; rows=$(timeout 30 lvs --noheadings --units b --nosuffix --separator '|' "
    f"-o lv_name,lv_size,data_percent,vg_name) || {{ echo {_UNREAD}; exit; }}; "
    f"printf '%s\\n' \"$rows\" | grep -F {PREFIX}"
)

KEPT = Fact(name="split-kept", script=_SCRIPT, parse=parse)
"""lvs(8)."""
