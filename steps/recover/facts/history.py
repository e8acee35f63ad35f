"""What the journal of a node remembers: ends of earlier boots, how long replication was fed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.model.facts import Fact

_RESOURCE = re.compile(r"\bdrbd (resource\d+)(?:/\d+ drbd\d+)?: ")
_DEVICE = re.compile(r"\bblock drbd(\d+): ")
_CHANGE = re.compile(r"\bconn\( (\w+) -> (\w+) \)")
_ROLE = re.compile(r"\brole\( (\w+) -> (\w+) \)")
FED = frozenset(
    {"Connected", "SyncSource", "SyncTarget", "PausedSyncS", "PausedSyncT", "VerifyS", "VerifyT"}
)
"""States of a connection in which the other side gets what is written (drbd.conf(5))."""


@dataclass(frozen=True)
class Change:
    """One change of a connection or a role: `minor` is that of Ganeti's resource of the same
    number.
    """

    time: int
    minor: int
    before: str
    after: str

    @property
    def parting(self) -> bool:
        """Whether the copies lost each other by it."""
        return self.before in FED and self.after not in FED


@dataclass(frozen=True)
class History:
    """`ended` is when each earlier boot wrote its last line, the latest first; the time of a crash
    to within some seconds. `changes` are those of DRBD's connections, `roles` those of its roles,
    both in order.
    """

    ended: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    roles: tuple[Change, ...] = ()

    def parted(self, minor: int) -> int | None:
        """When the copies of that minor lost each other last; None where the journal has none."""
        for change in reversed(self.changes):
            if change.minor == minor and change.parting:
                return change.time
        return None

    def ran(self, minor: int) -> list[tuple[int, int]]:
        """From when until when that minor was Primary, as far as the journal reaches; until 0 where
        nothing says that it ended.
        """
        spans: list[tuple[int, int]] = []
        since = 0
        for change in self.roles:
            if change.minor != minor:
                continue
            if since:
                # A boot between two changes ended it without a word.
                spans.append((since, self._ended_after(since, change.time)))
            since = change.time if change.after == "Primary" else 0
        if since:
            spans.append((since, self._ended_after(since, 0)))
        return spans

    def _ended_after(self, since: int, known: int) -> int:
        later = [end for end in self.ended if end >= since]
        return min([*later, known] if known else later, default=0)


def _change(line: str, kind: re.Pattern[str]) -> Change | None:
    stamp = re.match(r"(\d+)\.\d+ ", line)
    change = kind.search(line)
    named = _RESOURCE.search(line)
    device = _DEVICE.search(line)
    if stamp is None or change is None:
        return None
    if named is not None:
        minor = int(named[1].removeprefix("resource"))
    elif device is not None:
        minor = int(device[1])
    else:
        return None
    return Change(int(stamp[1]), minor, change[1], change[2])


def _in_order(lines: list[str]) -> list[str]:
    """The oldest first: journalctl(1) turns them round where it searches (-g) and counts (-n)."""
    stamps = [float(found[0]) for line in lines if (found := re.match(r"\d+\.\d+", line))]
    turned = len(stamps) > 1 and stamps[0] > stamps[-1]
    return lines[::-1] if turned else lines


def _changes(lines: list[str], kind: re.Pattern[str]) -> tuple[Change, ...]:
    changes = [_change(line, kind) for line in lines]
    return tuple(change for change in changes if change is not None)


def parse(text: str) -> History:
    """Read `boot: LINE` lines, then the kernel's lines after "== drbd"."""
    head, _, rest = text.partition("== drbd\n")
    ended = []
    for line in head.splitlines():
        stamp = re.match(r"boot: (\d+)\.\d+ ", line)
        if stamp:
            ended.append(int(stamp[1]))
    lines = _in_order(rest.splitlines())
    return History(tuple(ended), _changes(lines, _CHANGE), _changes(lines, _ROLE))


HISTORY = Fact(
    name="history",
    script=r"""for boot in -1 -2; do
  last=$(journalctl -q -b $boot -n 1 -o short-unix --no-pager | tail -n 1 | cut -c1-80)
  [ -n "$last" ] && echo "boot: $last"
done
echo '== drbd'
journalctl -q _TRANSPORT=kernel -g '(conn|role)\( ' -n 600 -o short-unix --no-pager |
  cut -c1-300""",
    parse=parse,
)
"""journalctl(1); DRBD 8.4 says `drbd resource0: conn( A -> B )`, and `block drbd0:` of a resync and
of a role.
"""
