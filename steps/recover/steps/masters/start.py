"""Start the master's daemons again, by a vote: they were killed, or gave up asking for one."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders
from steps.recover.facts.daemons import RUNNING
from steps.recover.scene import Scene
from steps.recover.situations.masters import cannot_be_started
from steps.recover.steps.common import acting, recovery_step
from steps.recover.steps.jobs.aside import queued
from steps.recover.steps.vote import RESTART_AND_WAIT, RESTARTED
from wizard.base.names import together
from wizard.model.accident import Case
from wizard.model.step import Command, Danger, Finding, Kind, Step


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """All know one master, nobody else leads, and nobody is just being started."""
    if acting(scene):
        return
    for node in scene.nodes:
        # One that is marked offline votes as well (Ganeti 3.0.2, Rpc.hs, RpcCallMasterNodeName).
        if node.short not in scene.answering:
            yield Finding(node.short, "does not answer", mend="ganeti-wizard recover diagnose")
    if len(scene.named) != 1 or scene.leading:
        what = "which node is the master cannot be told"
        yield Finding("", what, mend="ganeti-wizard recover diagnose")
        return
    refused = cannot_be_started(scene, scene.master)
    if refused.why:
        yield Finding(scene.master, refused.why, mend="wait two minutes, then look again")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """What killed ones left goes before they are started."""
    if acting(scene):
        return
    host = scene.master
    jobs = [str(job) for job in queued(scene, host)]
    yield Command(
        host,
        ("sh", "-c", RESTART_AND_WAIT, "restart"),
        "without luxid and wconfd nothing can be managed, moved or started",
        Danger.OUTAGE,
        risk=f"luxid goes on with the queued jobs {together(jobs)}" if jobs else "",
        undo="none needed",
        kind=Kind.UNIT,
        title=RESTARTED,
        minutes=2,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The master leads."""
    if acting(scene):
        return
    running = scene.read(scene.master, RUNNING)
    daemons = running.words if running else "unknown"
    yield Finding(
        scene.master,
        f"it does not lead; it runs: {daemons}",
        mend=f"{orders.LOGS} tells why a daemon does not stay; then this runbook once more",
    )


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "start-master",
        "Start the master's daemons",
        "A daemon that was killed is not started again by Ganeti itself where its PID file is "
        "left (Debian, Ganeti 3): neither the watcher nor a restart of the service does it.",
        "service ganeti stop; rm the PID files of killed daemons; service ganeti start",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
