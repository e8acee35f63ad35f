"""Where runbooks and planned work end: clusters that they were not written for, and a node that
came back alone.

What is not known to hold there is refused with the reason; the diagnosis goes on as far as it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from steps.ganeti.facts.drbdminors import REPLICAS
from steps.recover.copies import minor_of
from steps.recover.facts.lineage import LINEAGE
from steps.recover.scene import Scene
from steps.recover.views import here
from wizard.model.recovery import Runbook, Situation

SERIES = ("3.0", "3.1")
"""Of Ganeti, whose sources the runbooks were written from."""
HYPERVISORS = ("xen-pvm", "xen-hvm", "kvm")
"""Those whose guests can be seen on a node."""
KINDS = ("drbd", "plain", "file", "diskless")
"""Kinds of disks (Ganeti's dev_type) that lie on one node, or as DRBD's two copies. A failover is
refused of the former (Ganeti's constants, DTS_MIRRORED): such an instance waits for its node.
"""
DRBD = "8."
"""How the version of its module begins whose handshake is foretold."""
NODES = 2
ANY_NUMBER = frozenset(
    {
        *("reconnect", "service", "twice", "disk", "queue", "hung", "let-in", "stranger", "link"),
        *("stale-half", "uneven", "full", "noded", "let-go"),
    }
)
"""Runbooks that are about one instance or one server, however many servers there are."""
SERVICE = frozenset({"service"})
"""What happens inside of an instance alone."""


@dataclass(frozen=True)
class Limit:
    """Why runbooks that change anything are refused, all but those that are `spared`."""

    why: str
    lifted: str
    spared: frozenset[str] = SERVICE


def reasons(
    *, nodes: int, series: str, kinds: Iterable[str], hypervisors: Iterable[str]
) -> list[Limit]:
    """What these runbooks were not written for; a series of "" is one that is not known."""
    limits = []
    if series and series not in SERIES:
        limits.append(
            Limit(
                f"Ganeti {series} is none of the series that runbooks are written for",
                f"Ganeti is of {' or '.join(SERIES)}",
            )
        )
    strange = sorted(set(hypervisors) - set(HYPERVISORS))
    if strange:
        limits.append(
            Limit(
                f"which instances of {', '.join(strange)} run on a node cannot be seen",
                f"all instances are of {', '.join(HYPERVISORS)}",
            )
        )
    shared = sorted(set(kinds) - set(KINDS))
    if shared:
        limits.append(
            Limit(
                f"instances have disks of the kind {', '.join(shared)}, which no runbook knows",
                "all disks are DRBD's, or plain volumes",
            )
        )
    if nodes > NODES:
        limits.append(
            Limit(
                f"the cluster has {nodes} nodes, and runbooks are written for {NODES}: with more, "
                "the others vote",
                f"there are {NODES} nodes",
                ANY_NUMBER,
            )
        )
    return limits


def limits_of(scene: Scene) -> list[Limit]:
    """Why nothing may be changed here, but what is spared."""
    return [*_of_the_cluster(scene), *_came_back_alone(scene)]


def limited(scene: Scene, situations: tuple[Situation, ...]) -> tuple[Situation, ...]:
    """The situations, with what no runbook may do here refused."""
    limits = limits_of(scene)
    if not limits:
        return situations
    made = []
    for situation in situations:
        runbooks = tuple(_within(runbook, limits) for runbook in situation.runbooks)
        made.append(replace(situation, runbooks=runbooks))
    return tuple(made)


def _within(runbook: Runbook, limits: list[Limit]) -> Runbook:
    """The first limit counts before the runbook's own refusal: nothing lifts it meanwhile."""
    if not runbook.changes:
        return runbook
    for limit in limits:
        if runbook.id not in limit.spared:
            return replace(runbook, refused=limit.why, lifted=limit.lifted, claimable=False)
    return runbook


def _of_the_cluster(scene: Scene) -> list[Limit]:
    lineage = scene.read(scene.believed, LINEAGE) if scene.believed else None
    release = lineage.release if lineage else ""
    return [*_of_drbd(scene), *_reasons(scene, release)]


def _of_drbd(scene: Scene) -> Iterator[Limit]:
    """DRBD 9 has other states, other identifiers and other handshakes."""
    for host in scene.answering:
        replicas = scene.read(host, REPLICAS)
        if replicas is not None and replicas.version and not replicas.version.startswith(DRBD):
            yield Limit(f"{host} has DRBD {replicas.version}", f"its version is {DRBD}x")


def _reasons(scene: Scene, release: str) -> list[Limit]:
    config = scene.config
    return reasons(
        nodes=max(len(scene.nodes), len(config.nodes) if config else 0),
        series=".".join(release.split(".")[:2]),
        kinds=[disk.type for disk in config.disks] if config else [],
        hypervisors=config.hypervisors if config else [],
    )


def _came_back_alone(scene: Scene) -> Iterator[Limit]:
    """The program runs on a server that restarted, and no other machine answers it: what its own
    files say may be an earlier life, and nobody is there to tell.
    """
    place = here(scene)
    backup = scene.answers.backup_host
    others = [node.short for node in scene.nodes if node.short != place]
    if backup is not None:
        others.append(backup.short)
    if place not in scene.answering or any(name in scene.facts.raw for name in others):
        return
    if place in scene.leading or any(minor_of(scene, disk, place) for disk in scene.disks):
        # It did not restart: it leads, or holds the disks that it held before.
        return
    yield Limit(
        f"{place} restarted and no other machine answers it: it may have been away while the "
        "cluster went on without it",
        "another server or the backup host answers, or you look from another machine",
        # Old data is no reason to stay on.
        frozenset({"stale-half"}),
    )
