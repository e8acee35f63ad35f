"""Make the survivor master, and bar the former one in the same step."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import pidfiles
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.lineage import LINEAGE, TAKEOVER, Takeover
from steps.recover.scene import Scene
from steps.recover.steps.claimed import claimed, objections
from steps.recover.steps.common import acting, lost_node, quiet, recovery_step
from steps.recover.steps.jobs.aside import queued, set_aside, unknown_queue
from steps.recover.steps.offline import mark_offline
from wizard.model.accident import Case
from wizard.model.step import (
    THIS_STEP,
    Command,
    Danger,
    Finding,
    Kind,
    Step,
)
from wizard.model.write import write_file

CONFD = "ganeti-confd"
DAEMON_UTIL = "/usr/lib/ganeti/daemon-util"


def survivor(case: Case, scene: Scene) -> str:
    """The one node that answers and is to lead; "" unless it is exactly one."""
    lost = lost_node(case, scene)
    others = [host for host in scene.answering if host != lost]
    return others[0] if len(others) == 1 else ""


def led(case: Case, scene: Scene) -> bool:
    """Whether the survivor leads: by its configuration and by its daemons."""
    host = survivor(case, scene)
    return bool(host) and scene.master == host and acting(scene)


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Two nodes, one of them claimed to be dead, and no newer configuration anywhere."""
    host = survivor(case, scene)
    if not host:
        yield Finding("", "not exactly one server answers", mend="ganeti-wizard recover diagnose")
    elif len(scene.nodes) != 2:
        # With more nodes the others vote: nobody has to be passed over.
        mend = "gnt-cluster master-failover on a node that is to lead; it asks the others"
        yield Finding(host, "this cluster has not exactly two servers", mend=mend)
    elif led(case, scene):
        if not scene.is_offline(lost_node(case, scene)):
            # What is left is to bar the former master, whatever the copies are worth.
            yield from claimed(case, scene)
    elif scene.master == host:
        what = "it is the master by its own configuration, and its daemons do not run"
        yield Finding(host, what, mend="the runbook `alone` starts them")
    else:
        yield from objections(case, scene, host)
        yield from unknown_queue(scene, host)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """First the takeover and the mark; what tells others of it only when the facts show it."""
    host = survivor(case, scene)
    lost = lost_node(case, scene)
    if not led(case, scene):
        why = "the new master would run these jobs, which were given before the accident"
        yield from set_aside(case, host, queued(scene, host), why)
        yield from pidfiles.forget(host, scene.left_on(host))
        yield _take(scene, host, lost)
        # Without a guard: a former master that wakes now must be barred all the more.
        yield mark_offline(scene, lost, on=host, stage=2)
        return
    if not scene.is_offline(lost):
        yield mark_offline(scene, lost, on=host)
    yield from _tell(case, scene, host, lost)
    if scene.lacks(host, (CONFD,)):
        yield from pidfiles.forget(host, scene.left_on(host), stage=2)
        # Debian starts it at boot only where a configuration lies.
        yield Command(
            host,
            (DAEMON_UTIL, "start", CONFD),
            "answers for the master's configuration; it never ran on this node",
            undo=f"{DAEMON_UTIL} stop {CONFD}",
            ok=(0, 1),
            stage=3,
        )


def _take(scene: Scene, host: str, lost: str) -> Command:
    addresses = [*scene.answers.node(lost).addresses, str(scene.answers.hosts.cluster_ip)]
    return Command(
        host,
        ("gnt-cluster", "master-failover", "--no-voting", "--yes-do-it"),
        f"{host} leads the cluster from now on; alone it could not win a vote",
        Danger.OUTAGE,
        risk=f"were {lost} alive, two masters would overwrite each other's configuration",
        undo="the runbook `home`, once both nodes are well",
        kind=Kind.UNIT,
        # It complains about the silent node, and may end with 1 though it is done.
        ok=(0, 1),
        guard=quiet(scene, addresses),
        turning=True,
        stage=1,
        minutes=2,
    )


def noted(case: Case, scene: Scene, host: str, master: str) -> bool:
    """Whether a host knows of this takeover, and who leads since."""
    return any(
        told.time >= case.opened and scene.short(told.master) == master
        for told in scene.takeovers(host)
    )


def _tell(case: Case, scene: Scene, host: str, lost: str) -> Iterator[Command]:
    """The note on the new master and on the backup host; then a copy of the configuration."""
    missing = not noted(case, scene, host, host)
    yield from note(case, scene, [host], master=host, former=lost)
    if missing:
        yield Command(
            host,
            ("systemctl", "start", "gw-config-backup.service"),
            "the new master's configuration is copied to the backup host now",
            undo="none needed: one more copy",
            ok=(0, 1, 5),
            stage=3,
        )


def note(
    case: Case, scene: Scene, servers: list[str], *, master: str, former: str
) -> Iterator[Command]:
    """Who leads from now on, on these servers and on the backup host, where it is not noted yet."""
    told = Takeover(
        scene.answers.node(master).name,
        scene.answers.node(former).name,
        _after_the_last(case, scene, master),
    )
    places = list(servers)
    backup = scene.answers.backup_host
    if backup is not None and backup.short in scene.facts.raw:
        places.append(backup.short)
    for place in places:
        if not noted(case, scene, place, master):
            yield write_file(
                place,
                TAKEOVER,
                told.text,
                f"tells everybody that the configuration of {master} is the one to be believed",
                stage=3,
            )


def _after_the_last(case: Case, scene: Scene, master: str) -> int:
    """When this is: later than each note that is known, even one by a clock that was ahead. Else
    that one would outrank this one, on a host that was away when this one was written.
    """
    last = scene.takeover
    if last.time < case.opened:
        return case.opened
    return last.time if scene.short(last.master) == master else last.time + 1


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The survivor leads, alone, and the former master is barred."""
    host = survivor(case, scene)
    lost = lost_node(case, scene)
    if not led(case, scene):
        yield Finding(host, "it does not lead the cluster", step=THIS_STEP)
        return
    if not scene.is_offline(lost):
        yield Finding(lost, "the former master is not barred", step=THIS_STEP)
    running = scene.read(host, RUNNING)
    if running is not None and str(scene.answers.hosts.cluster_ip) not in running.addresses:
        yield Finding(host, "it does not hold the cluster's address", mend="gnt-cluster verify")
    lineage = scene.read(host, LINEAGE)
    if lineage is not None and not noted(case, scene, host, host):
        yield Finding(host, "the takeover is not noted", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "takeover",
        "Make the survivor master",
        "Without a master nothing can be managed, moved or started. The former one is barred in "
        "the same step: noded goes on to trust its certificate until then.",
        "gnt-cluster master-failover --no-voting --yes-do-it, then gnt-node modify -f -O yes NODE",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=4,
    )
