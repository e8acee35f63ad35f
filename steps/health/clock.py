"""Check of the nodes' clocks: a minimal system has no program that keeps its clock."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.look import Look
from steps.network.facts.names import CLOCK
from wizard.model.verdicts import Level, Verdict

APART = 60
"""Seconds between two clocks that are worth a word: Ganeti objects from 150 on (NODE_MAX_CLOCK_SKEW
in its constants), and a busy node may begin to answer some seconds later than the others.
"""


def clocks(look: Look) -> Iterator[Verdict]:
    """The nodes agree on what time it is."""
    now = {}
    for node in look.seen:
        seconds = look.facts.of(node.short, CLOCK)
        if seconds:
            now[node.short] = seconds
    if len(now) < 2:
        return
    late = min(now, key=now.__getitem__)
    early = max(now, key=now.__getitem__)
    apart = now[early] - now[late]
    if apart <= APART:
        yield Verdict("clock", "", Level.OK, what="the nodes' clocks agree")
        return
    yield Verdict(
        "clock",
        late,
        Level.WARNING,
        what=f"its clock is {apart} s behind {early}'s: Ganeti objects from 150 s on, and after an "
        "accident nobody can tell by the logs what came first",
        mend="see on both what keeps the clock (systemctl status systemd-timesyncd chrony); a "
        "minimal system has nothing: apt-get install systemd-timesyncd",
    )
