"""What stands still though the master's daemons run, and what of it a command can set going."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.stalled import STALLED, STARTED, Stalled, Unfinished
from steps.recover.scene import Scene

PATIENCE = 600
"""Seconds after which a job that nobody works on counts as stuck: luxid itself finds dead ones
within a minute or two, wconfd the owners of locks within five (Ganeti 3.0.2, JQScheduler.hs,
WConfd/DeathDetection.hs).
"""


@dataclass(frozen=True)
class Stuck:
    """On the acting master: `waiting` jobs can be cancelled, `crashed` ones have no process any
    more; `owners` hold locks though they are gone; `given_up` instances run nowhere.
    """

    drained: bool = False
    waiting: tuple[Unfinished, ...] = ()
    crashed: tuple[Unfinished, ...] = ()
    owners: tuple[str, ...] = ()
    given_up: tuple[Guest, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.drained or self.waiting or self.crashed or self.owners or self.given_up,
        )

    @property
    def of_the_queue(self) -> bool:
        """Whether anything but instances stands still."""
        return bool(self.drained or self.waiting or self.crashed or self.owners)


def stuck(scene: Scene) -> Stuck:
    """What stands still. Without an acting master nothing of it means anything: its jobs are those
    of a daemon that does not run.
    """
    master = scene.master
    if master not in scene.leading:
        return Stuck()
    lineage = scene.read(master, LINEAGE)
    stalled = scene.read(master, STALLED) or Stalled()
    return Stuck(
        drained=lineage is not None and lineage.drained,
        waiting=tuple(_waiting(stalled)),
        crashed=tuple(_crashed(stalled)),
        owners=_owners(stalled),
        given_up=tuple(_given_up(scene, stalled)),
    )


def _is_old(job: Unfinished) -> bool:
    return job.age >= PATIENCE


def _waiting(stalled: Stalled) -> Iterator[Unfinished]:
    """Old jobs that were not begun, while none is at work for which they could be waiting. Where
    the dead hold locks these are released first: what waits for them goes on then.
    """
    if stalled.dead:
        return
    for job in stalled.jobs:
        if job.status == "running" and (job.alive is not False or not _is_old(job)):
            return
    for job in stalled.jobs:
        if job.status in ("queued", "waiting") and _is_old(job):
            yield job


def _crashed(stalled: Stalled) -> Iterator[Unfinished]:
    for job in stalled.jobs:
        if job.status in STARTED and job.alive is False and _is_old(job):
            yield job


def _owners(stalled: Stalled) -> tuple[str, ...]:
    """Dead owners of locks. wconfd releases them by itself, later: only where a job that is old
    may be waiting for one is that worth a command.
    """
    if not any(_is_old(job) for job in stalled.jobs):
        return ()
    return stalled.dead


def _given_up(scene: Scene, stalled: Stalled) -> Iterator[Guest]:
    """Instances that should run and run nowhere, of which the watcher says nothing for hours. Where
    a node or its hypervisor does not answer, one may run there.
    """
    if len(scene.answering) < len(scene.nodes):
        return
    for host in scene.answering:
        hypervisor = scene.read(host, HYPERVISOR)
        if hypervisor is None or hypervisor.silent:
            return
    for guest in scene.guests:
        if guest.state == "up" and guest.name in stalled.given_up and not scene.runs_on(guest):
            yield guest
