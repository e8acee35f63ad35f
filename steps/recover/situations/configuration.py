"""What Ganeti keeps on the master's disk: a configuration that is broken, jobs that nobody runs."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, Stored
from steps.ganeti.facts.jobs import JOBS
from steps.recover.facts.lineage import LINEAGE
from steps.recover.scene import Scene
from steps.recover.situations.words import ask_somebody, by_hand, freeze, on, wait
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation
from wizard.model.step import Danger


def configuration(scene: Scene) -> Iterator[Situation]:
    """Situation 22: the master's configuration is broken or gone."""
    for host in scene.answering:
        stored = scene.read(host, GANETI)
        if stored is None or not stored.installed or stored.config is not None:
            continue
        if not _calls_itself_master(scene, host, stored):
            continue
        what = "config.data cannot be read" if stored.broken else "config.data is not there"
        evidence = (scene.evidence(GANETI, host, what),)
        title = f"the configuration of the master {host} is broken"
        runbooks = (ask_somebody(), _lead_from_a_peer(scene, host))
        yield Situation(
            "config",
            title,
            Confidence.CERTAIN,
            evidence,
            runbooks,
        )


def _calls_itself_master(scene: Scene, host: str, stored: Stored) -> bool:
    """By ssconf's small files, which are there when config.data is not."""
    names = stored.ssconf.get("master_node", ())
    return bool(names) and scene.short(names[0]) == host


def _lead_from_a_peer(scene: Scene, host: str) -> Runbook:
    peers = [name for name in scene.configs if name != host]
    # A restart would read what is broken, while a running wconfd may hold the whole in memory.
    words = [by_hand(f"Do not restart Ganeti on {host}, and edit nothing there.")]
    for peer in peers:
        words += freeze(scene.answering)
        words.append(on(peer, "gnt-cluster master-failover", Danger.OUTAGE))
    refused = ""
    lifted = ""
    if not peers:
        refused = "no other node holds a configuration that can be read"
        lifted = "a peer whose copy can be read"
    title = "Make a node master that holds a whole copy"
    return Runbook(
        "config",
        title,
        tuple(words),
        refused=refused,
        lifted=lifted,
    )


def queue(scene: Scene) -> Iterator[Situation]:
    """Situation 23: jobs that nobody runs, a drained queue."""
    master = scene.master
    if master not in scene.answering:
        return
    evidence = []
    words = []
    lineage = scene.read(master, LINEAGE)
    if lineage is not None and lineage.drained:
        evidence.append(scene.evidence(LINEAGE, master, "the job queue takes no new jobs"))
        words.append(on(master, "gnt-cluster queue undrain"))
    if master not in scene.leading:
        evidence += _jobs_without_luxid(scene, master)
    if not evidence:
        return
    words.append(on(master, "gnt-job list", Danger.READ))
    first = wait("A busy master may still be at work.", 5)
    go_on = Runbook("queue", "Let the queue go on", tuple(words))
    title = "Ganeti's job queue stands still"
    yield Situation(
        "queue",
        title,
        Confidence.LIKELY,
        tuple(evidence),
        (first, go_on),
    )


def _jobs_without_luxid(scene: Scene, master: str) -> Iterator[Evidence]:
    jobs = scene.read(master, JOBS)
    if jobs is None:
        return
    for job in jobs.jobs:
        if job.live:
            operation = f"{job.op} {job.instance or job.node}"
            what = f"job {job.id} ({operation}) is {job.status}, and luxid does not run"
            yield scene.evidence(JOBS, master, what)
