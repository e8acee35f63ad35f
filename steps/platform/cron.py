"""Cron on the nodes: by it alone Debian has Ganeti's watcher run, which starts what a power cut has
stopped. Ganeti's package does not depend on it, and a minimal system lacks it.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import units
from steps.common.facts.watcher import CRON, WATCHER
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding

_FOR_WHAT = "by it Ganeti's watcher starts instances and connects copies again after a power cut"


def lacking(facts: Facts, host: str) -> tuple[str, ...]:
    """Debian's cron, where nothing else reads crontabs."""
    watcher = facts.of(host, WATCHER)
    if not watcher.told or watcher.cron is not None:
        return ()
    return (CRON,)


def blockers(facts: Facts, host: str) -> Iterator[Finding]:
    """One that somebody has masked stays so: that was their will."""
    unit = facts.of(host, WATCHER).cron
    if unit is not None and unit.masked:
        yield Finding(
            host,
            what=f"{unit.name} is masked: nothing would have Ganeti's watcher run",
            mend=f"systemctl unmask {unit.name}",
        )


def plan(facts: Facts, host: str) -> Iterator[Command]:
    """Start it, now and at every boot, where it is installed and does not work."""
    unit = facts.of(host, WATCHER).cron
    if unit is None or unit.works or unit.masked:
        return
    yield units.enable(host, unit.name, _FOR_WHAT, was=f"{unit.at_boot} {unit.active}")


def verify(facts: Facts, host: str) -> Iterator[Finding]:
    """What is installed works."""
    unit = facts.of(host, WATCHER).cron
    if unit is not None and not unit.works:
        yield Finding(host, what=f"{unit.name} does not run: {_FOR_WHAT}", step=THIS_STEP)
