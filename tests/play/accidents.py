"""Accidents, and planned work, to be played: simulated machines, which the commands of a recovery
change as the real ones do, at the time of the recorded facts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from screens.line import recover as lines
from screens.recover import opening
from steps import planned_work, recovery
from tests.steps.recover.accident import NOW
from tests.steps.recover.storage.test_masters import two_masters
from tests.steps.recover.storage.test_queue import QUEUED, WAITING, stalls
from tests.steps.recover.storage.world import StorageWorld
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.steps.recover.world import World
from tests.verbs.planned.cluster import INSTANCE, Cluster
from tests.verbs.recovery.test_disk import failed
from tests.verbs.recovery.test_split_brain import diverged
from tests.verbs.recovery.test_stale_half import stale
from wizard.daily import diagnosis, evidence, lookout, outage, recovering, work
from wizard.daily.outage import Answer
from wizard.daily.planned import Errands
from wizard.daily.recovering import Recovering
from wizard.model.recovery import HERE
from wizard.run.session import Session
from wizard.state.store import Store


def _back() -> World:
    """node2 was dead, is marked offline, and boots: it is to be taken in again."""
    world = World(node_dead())
    world.carry_out("node1", ("gnt-node", "modify", "-O", "yes", "node2.name.org"), "")
    world.carry_out("node1", ("gnt-instance", "failover", "inst1.name.org"), "")
    world.power_on("node2")
    world.ran.clear()
    return world


ACCIDENTS: dict[str, Callable[[], World]] = {
    "none": Cluster,
    "node-dead": lambda: World(node_dead()),
    "node-back": _back,
    "master-dead": lambda: World(idle_dead()),
    "split-brain": diverged,
    "one-master": lambda: StorageWorld(two_masters()),
    "disk": failed,
    "queue": lambda: StorageWorld(stalls(QUEUED, WAITING)),
    "stale-half": stale,
}
"""What can have happened, by the name of the situation."""
LOOKS_APART = 10
"""How many commands' time lies between two looks at a silent machine."""


@contextmanager
def after(folder: Path, world: World, *, seconds: float = 0.0) -> Iterator[Session]:
    """A build's session as `ganeti-wizard recover` opens it; each command lasts so many seconds.

    Whoever asks for the time gets that of the recorded facts, from where it goes on.
    """
    begun = time.time()

    def clock() -> float:
        return NOW + time.time() - begun

    def answers(ip: str) -> Answer:
        runs = [INSTANCE in raw.get("hypervisor", "") for raw in world.accident.raw.values()]
        return Answer(clock(), there=any(runs))

    def lasts(host: str, line: str) -> None:
        time.sleep(seconds)

    if seconds:
        world.before = lasts
    hosts: dict[str, Any] = dict(world.hosts)
    here = hosts.pop(HERE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookout, "Lookout", partial(lookout.Lookout, clock=clock))
        patch.setattr(diagnosis, "LocalHost", lambda *_, **__: here)
        for module in (opening, lines, evidence):
            patch.setattr(module, "Recovering", partial(Recovering, clock=clock))
        patch.setattr(work, "Errands", partial(Errands, clock=clock))
        patch.setattr(outage, "from_here", answers)
        for wait in ("APART", "APART_ALONE"):
            patch.setattr(recovering, wait, LOOKS_APART * seconds)
        session = Session(
            Store(folder),
            (),
            lambda *_: dict(hosts),
            recovery=recovery,
            planned=planned_work,
        )
        session.open(read_only=True)
        session.answers = world.accident.answers
        try:
            yield session
        finally:
            session.close()
