"""Start the master's daemons without a vote, on a master that is alone after its own restart."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders, pidfiles
from steps.recover.facts.daemons import RUNNING
from steps.recover.scene import Scene
from steps.recover.steps.claimed import claimed, objections
from steps.recover.steps.common import acting, lost_node, quiet, recovery_step
from steps.recover.steps.jobs.aside import queued, set_aside, unknown_queue
from steps.recover.steps.offline import mark_offline
from steps.recover.steps.takeover import DAEMON_UTIL, survivor
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

UNVOTED = ("ganeti-wconfd", "ganeti-luxid")
"""In the order in which they are started."""
RAPI = "ganeti-rapi"
OWN_SCRIPT = "[ ! -e /lib/systemd/system/ganeti.target ]"
"""Other packages than Debian's start the daemons as units, which would be started twice."""


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """The master by its own configuration, whose only peer is claimed to be dead."""
    host = survivor(case, scene)
    lost = lost_node(case, scene)
    if not host or len(scene.nodes) != 2:
        yield Finding("", "not exactly one of two servers answers")
    elif scene.master != host:
        what = f"the master is {scene.master or 'unknown'}"
        yield Finding(host, what, mend="the runbook `takeover` or `master-dead`")
    elif not acting(scene):
        yield from objections(case, scene, host)
        yield from unknown_queue(scene, host)
    elif not scene.is_offline(lost):
        # What is left is to bar the other node, whatever the copies are worth.
        yield from claimed(case, scene)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """What is queued goes aside; the daemons, then the mark that bars the other node."""
    host = survivor(case, scene)
    lost = lost_node(case, scene)
    guard = quiet(scene, scene.answers.node(lost).addresses)
    if not acting(scene):
        why = "luxid would run these jobs as it starts, which were given before the accident"
        yield from set_aside(case, host, queued(scene, host), why)
        yield from pidfiles.forget(host, scene.left_on(host))
        # daemon-util ends with 2 beside one that runs and whose PID file is not root's.
        missing = scene.lacks(host, UNVOTED)
        for daemon in missing:
            yield Command(
                host,
                (DAEMON_UTIL, "start", daemon, "--no-voting", "--yes-do-it"),
                "alone it wins no vote",
                Danger.OUTAGE,
                risk=f"were {lost} alive, two masters would overwrite each other's configuration",
                undo=f"once both nodes are well: {orders.RESTART}",
                kind=Kind.UNIT,
                ok=(0, 1),
                guard=f"{OWN_SCRIPT} || exit 1; {guard}",
                turning=daemon == missing[0],
                minutes=0.5,
            )
    if not scene.is_offline(lost):
        # Without a guard: as soon as this node leads, one that wakes must be barred all the more.
        yield mark_offline(scene, lost, on=host, stage=1)
    for daemon in scene.lacks(host, (RAPI,)):
        yield Command(
            host,
            (DAEMON_UTIL, "start", daemon),
            "the remote interface belongs to the master",
            undo=f"{DAEMON_UTIL} stop {daemon}",
            ok=(0, 1),
            stage=2,
        )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """It leads, and the other node is barred."""
    host = survivor(case, scene)
    if not acting(scene):
        running = scene.read(host, RUNNING)
        daemons = running.words if running else "unknown"
        yield Finding(host, f"it does not lead; it runs: {daemons}", step=THIS_STEP)
    elif not scene.is_offline(lost_node(case, scene)):
        yield Finding(host, "the other node is not barred", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "alone",
        "Start the master without a vote",
        "After a restart the master's daemons ask all nodes for their votes, and one of two nodes "
        "alone has no majority.",
        "daemon-util start ganeti-wconfd and ganeti-luxid with --no-voting",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
