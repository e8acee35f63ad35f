"""Take a node in again that came back, so that it gets the master's configuration and keys."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, NODE_DAEMONS
from steps.ganeti.node import know
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.objections import READD_AFTER, objections
from steps.recover.steps.common import acting, recovery_step
from steps.recover.steps.jobs.aside import queued, set_aside, unknown_queue
from steps.recover.steps.offline import mark_offline
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Finding, Kind, Step

PATIENCE = f"""while read -r up rest </proc/uptime; [ "${{up%.*}}" -lt {READD_AFTER} ]; do
  sleep 5; done"""
TWICE = '"$@" || { sleep 60; "$@"; }'


def returned(scene: Scene) -> list[str]:
    """The nodes that answer and that the cluster goes on without."""
    return [host for host in scene.answering if host != scene.master and not whole(scene, host)]


def whole(scene: Scene, host: str) -> bool:
    """Whether a node is a member that the master works with and that knows its master."""
    config = scene.config
    stored = scene.read(host, GANETI)
    if config is None or stored is None or scene.is_offline(host):
        return False
    believed = stored.ssconf.get("master_node", ())
    knows = believed == (config.node_name(config.master),)
    return knows and not stored.lacks(NODE_DAEMONS)


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """What must not be so on a node that is taken in."""
    hosts = returned(scene)
    if not hosts:
        return
    if not acting(scene):
        yield Finding("", "no node acts as master", mend="ganeti-wizard recover diagnose")
        return
    for host in hosts:
        if _young(scene, host):
            continue
        for objection in objections(scene, host):
            yield Finding(host, objection.why, mend=f"until {objection.lifted}")
        yield from unknown_queue(scene, host)


def _young(scene: Scene, host: str) -> bool:
    pulse = scene.read(host, PULSE)
    return pulse is not None and pulse.uptime < READD_AFTER


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Bar it if it is not barred; clear its old queue; add it; send the configuration."""
    for host in returned(scene):
        if _young(scene, host):
            yield Command(
                host,
                ("sh", "-c", PATIENCE),
                "a re-add fails half-way while the node still starts",
                undo="none needed",
                title=f"wait until it is up for {READD_AFTER // 60} minutes",
                minutes=3,
            )
            continue
        if not scene.is_offline(host):
            # It may hold an earlier life of the configuration and the right to spread it.
            yield mark_offline(scene, host, on=scene.master)
        why = f"{host} would run these jobs of an earlier life on the day on which it leads again"
        yield from set_aside(case, host, queued(scene, host), why)
        yield know(scene.master, scene.answers.node(host), stage=1)
        yield _add(scene, host)
        yield Command(
            scene.master,
            ("gnt-cluster", "redist-conf", *SUBMIT),
            "every node gets the configuration that is in force",
            undo="none needed: it sends what is in force already",
            kind=Kind.JOB,
            stage=2,
            minutes=0.5,
        )


def _add(scene: Scene, host: str) -> Command:
    name = scene.answers.node(host).name
    line = ("gnt-node", "add", "--readd", name)
    return Command(
        scene.master,
        ("sh", "-c", TWICE, "twice", *line),
        f"{host} gets the keys and the configuration of the cluster as it is now",
        risk=f"what {host} holds of the cluster's configuration is replaced",
        undo=f"gnt-node modify -f -O yes {name}",
        kind=Kind.UNIT,
        title=f"{' '.join(line)} (once more after a minute, if it fails)",
        stage=1,
        minutes=4,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Every node that answers is a whole member."""
    for host in returned(scene):
        yield Finding(host, "the cluster still goes on without it", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "readd",
        "Take the returned node in again",
        "It holds the configuration of the moment at which it went away, and perhaps takes itself "
        "for the master. The re-add gives it what is in force.",
        "gnt-node add --readd NODE, then gnt-cluster redist-conf",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=5,
    )
