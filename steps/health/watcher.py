"""Check of Ganeti's watcher: whether anything has it run, and whether it still looks."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.watcher import WATCHER, Watcher
from steps.health.look import Look, age
from wizard.answers import Node
from wizard.model.verdicts import Level, Verdict

LATE = 1800
"""Seconds after which a look at the instances, due every five minutes, did not take place."""
_FOR_WHAT = "after a power cut no instance is started and no copy connected by itself"


def watched(look: Look) -> Iterator[Verdict]:
    """On every node something has the watcher run, and on the master it does its work."""
    nodes = [node for node in look.seen if look.facts.of(node.short, WATCHER).ganeti]
    wrong: list[Verdict] = []
    for node in nodes:
        wrong += _verdicts(look, node)
    yield from wrong
    if nodes and not wrong:
        ran = _last_look(look)
        yield Verdict("watcher", "", Level.OK, what=f"Ganeti's watcher runs on every node{ran}")


def _verdicts(look: Look, node: Node) -> Iterator[Verdict]:
    watcher = look.facts.of(node.short, WATCHER)
    if not watcher.is_run:
        yield _nobody_runs_it(node.short, watcher)
    elif node == look.master and _is_late(watcher):
        yield Verdict(
            "watcher",
            node.short,
            Level.WARNING,
            what=f"Ganeti's watcher {_looked(watcher)}: {_FOR_WHAT}",
            mend="its words: /var/log/ganeti/watcher.log; by hand: ganeti-watcher --debug",
        )


def _nobody_runs_it(host: str, watcher: Watcher) -> Verdict:
    cron = watcher.cron
    if cron is None or not cron.works:
        # The step refuses what is masked, and says how that is lifted.
        what = f"no cron runs, and nothing else runs Ganeti's watcher: {_FOR_WHAT}"
        return Verdict("watcher", host, Level.WARNING, what, step="packages")
    return Verdict(
        "watcher",
        host,
        Level.WARNING,
        what=f"no crontab names ganeti-watcher: {_FOR_WHAT}",
        mend="put back /etc/cron.d/ganeti as Debian's package ganeti-3.0 or ganeti-3.1 has it: "
        "apt-get install --reinstall -o Dpkg::Options::=--force-confmiss PACKAGE",
    )


def _is_late(watcher: Watcher) -> bool:
    if watcher.uptime < LATE or watcher.paused > watcher.now - LATE:
        return False
    # A node that has just become master has looked at nothing yet.
    return watcher.now - max(watcher.ran, watcher.written) > LATE


def _last_look(look: Look) -> str:
    """When the master's watcher last had looked, in words; "" where that is not known."""
    if look.master is None or look.master not in look.seen:
        return ""
    watcher = look.facts.of(look.master.short, WATCHER)
    return f", and {_looked(watcher)}" if watcher.ran else ""


def _looked(watcher: Watcher) -> str:
    if not watcher.ran:
        return "has never looked at the instances"
    return f"looked at the instances {age(watcher.now - watcher.ran)} ago"
