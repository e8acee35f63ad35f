"""Situation 23: jobs that nobody works on, a queue that takes none, an instance given up."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.jobs import JOBS
from steps.recover.copies import gate
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.stalled import STALLED
from steps.recover.scene import Scene
from steps.recover.situations.instances import replicated
from steps.recover.situations.words import (
    GATE_LIFTED,
    carried_out,
    freeze,
    instance,
    on,
    thaw,
    wait,
)
from steps.recover.storage.stuck import Stuck, stuck
from wizard.base.names import clause
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def queue(scene: Scene) -> Iterator[Situation]:
    """What stands still on the master."""
    master = scene.master
    if master not in scene.answering:
        return
    known = stuck(scene)
    evidence = list(_evidence(scene, known))
    if master not in scene.leading:
        evidence = list(_without_luxid(scene))
    if evidence:
        yield Situation(
            "queue",
            "Ganeti's job queue stands still" if not _instances_only(known) else _title(known),
            Confidence.LIKELY,
            tuple(evidence),
            (wait("A busy master may still be at work.", 5), _go_on(scene, known)),
        )


def _instances_only(known: Stuck) -> bool:
    return bool(known.given_up) and not known.of_the_queue


def _title(known: Stuck) -> str:
    names = [guest.name for guest in known.given_up]
    return f"{clause(names, 'runs', 'run')} nowhere, and Ganeti's watcher has given up"


def _evidence(scene: Scene, known: Stuck) -> Iterator[Evidence]:
    master = scene.master
    if known.drained:
        yield scene.evidence(LINEAGE, master, "the job queue takes no new jobs")
    for job in known.waiting:
        minutes = job.age // 60
        what = f"job {job.id} ({job.op}) is {job.status} for {minutes} min, and none is at work"
        yield scene.evidence(STALLED, master, what)
    for job in known.crashed:
        what = f"job {job.id} ({job.op}) is {job.status}, and its process is gone"
        yield scene.evidence(STALLED, master, what)
    for owner in known.owners:
        yield scene.evidence(STALLED, master, f"{owner} holds locks, and its process is gone")
    for guest in known.given_up:
        what = f"the watcher has started {guest.name} in vain, and leaves it alone for 8 hours"
        yield scene.evidence(STALLED, master, what)


def _without_luxid(scene: Scene) -> Iterator[Evidence]:
    lineage = scene.read(scene.master, LINEAGE)
    if lineage is not None and lineage.drained:
        yield scene.evidence(LINEAGE, scene.master, "the job queue takes no new jobs")
    jobs = scene.read(scene.master, JOBS)
    for job in jobs.jobs if jobs else ():
        if job.live:
            operation = f"{job.op} {job.instance or job.node}"
            what = f"job {job.id} ({operation}) is {job.status}, and luxid does not run"
            yield scene.evidence(JOBS, scene.master, what)


def _go_on(scene: Scene, known: Stuck) -> Runbook:
    refused = ""
    lifted = ""
    if scene.master not in scene.leading:
        refused = f"{scene.master} does not lead: nobody takes an order about jobs"
        lifted = "a node acts as master"
    else:
        for guest in known.given_up:
            objections = [] if replicated(scene, guest) else list(gate(scene, guest))
            if objections:
                refused = "; ".join(objections)
                lifted = GATE_LIFTED
    return Runbook(
        "queue",
        "Let the queue go on",
        tuple(_words(scene, known)),
        refused=refused,
        lifted=lifted,
        by_hand=False,
    )


def _words(scene: Scene, known: Stuck) -> Iterator[Word]:
    master = scene.master
    yield from carried_out("queue")
    yield from freeze(scene.answering)
    if known.drained:
        yield on(master, "gnt-cluster queue undrain")
    yield on(master, "gnt-job list", Danger.READ)
    for job in known.waiting:
        yield on(master, f"gnt-job cancel {job.id}")
    if known.owners or known.crashed:
        # Never the file locks.data: wconfd holds it in memory, and would write it anew.
        yield on(master, "gnt-debug wconfd cleanuplocks")
    for guest in known.given_up:
        yield instance(master, "startup", guest.name)
    yield from thaw(scene.answering)
