"""What is done on purpose: an instance moved, both servers worked on one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill, DrillFailed
from tests.drills.errand import Errand
from tests.drills.operator import LOOK_SECONDS, at_keys, heal
from wizard.base.names import short

NOT_YET = (4, 5)
"""Exit codes of what is begun too early: a server still starts."""


def move(drill: Drill) -> None:
    """An instance is moved to the other server and home again; a stop each, no row lost."""
    for _ in range(2):
        if drill.by_keys:
            _at_keys(drill, Errand, "move", short(drill.instance))
        else:
            drill.wizard("move", short(drill.instance), *drill.secret)
        drill.wait_for_entries(5)


def maintenance(drill: Drill) -> None:
    """Each server is freed, switched off in order, on again, and taken back: the master last."""
    for node in reversed(ARTICLE.nodes):
        if drill.by_keys:
            worked_on = partial(_work_on, drill, node)
            freed = partial(Errand, halves=2, work=worked_on)
            _at_keys(drill, freed, "maintenance", node)
        else:
            _patiently(drill, "maintenance", node, "--no-wait")
            _work_on(drill, node)
            _patiently(drill, "maintenance", node, "--back")
        drill.wait_for_entries(5)
    heal(drill, "reconnect", "service")


def _work_on(drill: Drill, node: str) -> None:
    """A server that is free is switched off and on again; rows come all the time."""
    drill.wait_for_entries(5)
    shut_down(drill, node)
    drill.wait_for_entries(5)
    drill.hand("boot", node)


def _at_keys(drill: Drill, make: Callable[..., Errand], verb: str, subject: str) -> None:
    """The same at a terminal of 80×24; raises DrillFailed when it does not come to its end."""
    errand = make(
        drill.seat.argv("--lab", verb, subject),
        drill.lab.env,
        passphrase=drill.passphrase.read_text().strip(),
        verb=verb,
        subject=subject,
    )
    done = at_keys(drill, errand, f"{verb} {subject}")
    if done.rc:
        raise DrillFailed(done.shown)


def shut_down(drill: Drill, node: str, seconds: float = 600) -> None:
    """Switch a machine off as its own shutdown does."""
    drill.on(node, "nohup sh -c 'sleep 2; systemctl poweroff' </dev/null >/dev/null 2>&1 &")
    until = time.monotonic() + seconds
    while not _off(drill.hand("status"), node):
        if time.monotonic() > until:
            raise DrillFailed(f"{node} does not switch itself off")
        time.sleep(LOOK_SECONDS)


def _off(status: str, node: str) -> bool:
    """Whether `lab status` has a machine as off."""
    words = [line.split() for line in status.splitlines()]
    return any(line[:2] == [node, "off"] for line in words)


def _patiently(drill: Drill, *words: str, seconds: float = 2400) -> None:
    """Give the same order again as long as it is too early for it."""
    until = time.monotonic() + seconds
    line = ("--lab", *words, *drill.secret)
    while drill.run(line, ok=(0, *NOT_YET)).rc:
        if time.monotonic() > until:
            raise DrillFailed(f"it stays too early for: {' '.join(words)}")
        time.sleep(LOOK_SECONDS)
