"""Ganeti's watcher lives beside a runbook: it acts as soon as nothing pauses it."""

from __future__ import annotations

import re

import pytest

from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.world import IPS, World
from tests.verbs.recovery.test_split_brain import all_of, diverged, given, home
from tests.verbs.recovery.verb import Verb
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow

HOURS = 3 * 3600


class Watcher:
    """It starts what should run and does not, before the next command, unless it is paused."""

    def __init__(self, world: World, jumps_at: str, times: int) -> None:
        self.world = world
        self.jumps_at = jumps_at
        self.left = times
        self.now = NOW
        self.started: list[str] = []
        world.before = self.before

    def before(self, host: str, line: str) -> None:
        its_own = line.startswith(("freeze", "rm ", "hold", "touch", "write-file"))
        if not its_own and not self.paused:
            self.started.append(line)
            self.world.start_instance(home(self.world))
        if self.left and self.jumps_at in line:
            self.left -= 1
            if not self.left:
                self.now += HOURS
                for node in IPS:
                    self.world.accident.raw[node]["pulse"] = Accident.pulse(now=self.now)

    @property
    def paused(self) -> bool:
        """On the master, where it does its work; before a runbook it has nothing to do here."""
        lineage = self.world.accident.raw[self.world.master]["lineage"]
        until = re.search(r"^pause: (\d+)", lineage, re.MULTILINE)
        return self.now == NOW or (until is not None and int(until[1]) > self.now)


def test_who_thinks_for_hours_finds_nothing_started_meanwhile(verb: Verb) -> None:
    world = diverged()
    # node2 is Ganeti's primary: its data is given up, so that the instance stands still there.
    watcher = Watcher(world, "lvcreate", 4)
    assert verb(world, "apply", "split-brain", **given("node2")) is Exit.OK
    assert watcher.started == []
    assert all_of(world, "node1")
    words = [line.partition(": ")[2].partition(" ")[0] for line in world.lines()]
    last = len(words) - 1 - words[::-1].index("lvcreate")
    assert words[last + 1 : last + 4] == ["freeze", "freeze", "drbdmeta"]
