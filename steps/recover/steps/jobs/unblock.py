"""Let the job queue go on: it takes jobs again, what nobody works on is cancelled, and locks of
processes that are gone are released.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.stalled import STALLED, Unfinished
from steps.recover.scene import Scene
from steps.recover.steps.common import acting, recovery_step
from steps.recover.storage.stuck import stuck
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Step

MEND = "ganeti-wizard recover diagnose says how to get one"


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Only luxid takes these orders, and what the master says about its queue must be known."""
    if not acting(scene):
        yield Finding("", "no node acts as master", mend=MEND)
        return
    stalled = scene.read(scene.master, STALLED)
    lineage = scene.read(scene.master, LINEAGE)
    if stalled is None or lineage is None:
        yield Finding(scene.master, "does not say how its job queue stands", mend="look again")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Whatever of it is so now. The file with the locks is never touched: wconfd has it in memory,
    and releases what a dead owner held when it is asked to.
    """
    known = stuck(scene)
    if known.drained:
        yield Command(
            scene.master,
            ("gnt-cluster", "queue", "undrain"),
            "the queue takes no new jobs, so nothing can be moved or started",
            undo="gnt-cluster queue drain",
        )
    for job in known.waiting:
        yield _cancel(scene.master, job)
    if known.owners or known.crashed:
        yield Command(
            scene.master,
            ("gnt-debug", "wconfd", "cleanuplocks"),
            "who died with a lock in hand keeps everybody else waiting",
            undo="none needed: wconfd does the same by itself, later",
            stage=1,
        )


def _cancel(master: str, job: Unfinished) -> Command:
    """The job that was named, while it still stands as it did: `gnt-job cancel` would stop one that
    was begun meanwhile as well.
    """
    number = str(job.id)
    state = f'"$(timeout 60 gnt-job list --no-headers -o status {number})"'
    return Command(
        master,
        ("gnt-job", "cancel", number),
        f"it is {job.status} for {job.age // 60} minutes and would run at some time nobody expects",
        risk=f"{job.op} is not done; whoever gave it has to give it again",
        undo="none: give the job again",
        ok=(0, 1),
        guard=f"[ {state} = {job.status} ]",
        title=f"gnt-job cancel {number} ({job.op}, {job.status})",
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The queue takes jobs, and none of them waits for nobody."""
    known = stuck(scene)
    if known.drained:
        yield Finding(scene.master, "the job queue takes no new jobs", step=THIS_STEP)
    for job in known.waiting:
        yield Finding(scene.master, f"job {job.id} is still {job.status}", step=THIS_STEP)
    for job in known.crashed:
        what = f"job {job.id} is {job.status}, and its process is gone"
        yield Finding(scene.master, what, step=THIS_STEP)
    for owner in known.owners:
        yield Finding(scene.master, f"{owner} still holds locks", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "unblock",
        "Let the job queue go on",
        "A queue that takes nothing, or a lock that nobody gives back, keeps every later order "
        "from being carried out.",
        "gnt-cluster queue undrain, gnt-job cancel N, gnt-debug wconfd cleanuplocks",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=1,
    )
