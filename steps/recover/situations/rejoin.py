"""A node answers again that the cluster goes on without: whether it may be taken in, and how."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, MASTER_ROLE_DAEMONS, Config
from steps.health.facts.daily import BYPASS
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.addresses import NODED
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.daemons import RUNNING, Running
from steps.recover.facts.drbdstates import DRBD_STATES, DrbdStates
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.words import by_hand, freeze, on, thaw, wait
from wizard.model.recovery import Confidence, Runbook, Situation
from wizard.model.step import Danger

READD_AFTER = 180
"""Seconds that a returned node must be up: earlier, `gnt-node add --readd` fails half-way (seen on
Ganeti 3.0.2).
"""
COMM_LENGTH = 15
"""Letters of a program's name that the kernel keeps (proc(5), /proc/PID/comm)."""

Objection = tuple[str, str]
"""What must not be so on a node that is taken in again, and the reading that lifts it."""


def rejoin(scene: Scene) -> Iterator[Situation]:
    """Situations 10 and 11: a node answers again that the cluster goes on without."""
    config = scene.config
    if config is None or not scene.master:
        return
    for host in scene.answering:
        if host == scene.master:
            continue
        member = config.node(scene.answers.node(host).name)
        if member is None:
            continue
        outdated = _names_another_master(scene, host, config)
        if member.offline or outdated is not None:
            yield _came_back(scene, host, outdated, offline=member.offline)


def _names_another_master(scene: Scene, host: str, believed: Config) -> Config | None:
    """The node's own configuration if it is from the time before a takeover."""
    own = scene.configs.get(host)
    if own is None:
        return None
    own_master = own.node_name(own.master)
    master = believed.node_name(believed.master)
    return own if own_master != master else None


def _came_back(scene: Scene, host: str, outdated: Config | None, *, offline: bool) -> Situation:
    state = "marked offline" if offline else "not marked offline"
    evidence = [scene.evidence(GANETI, scene.believed, f"{host} is {state} there")]
    if outdated is not None:
        own_master = outdated.node_name(outdated.master)
        what = f"names {own_master} as master, configuration {outdated.serial}"
        evidence.append(scene.evidence(GANETI, host, what))
    return Situation(
        "rejoin",
        f"{host} is back, and the cluster goes on without it",
        Confidence.CERTAIN,
        tuple(evidence),
        (
            wait(f"Look what {host} still runs before it is taken in.", 3),
            _take_in(scene, host, offline=offline),
        ),
    )


def _take_in(scene: Scene, host: str, *, offline: bool) -> Runbook:
    name = scene.answers.node(host).name
    master = scene.master
    # The re-add lifts "offline" early, and a watcher would act on a node that is half in.
    words = freeze(scene.answering)
    if not offline:
        # Only this bars a former master, whose certificate lets it overwrite the configuration.
        words.append(on(master, f"gnt-node modify -f -O yes {name}", Danger.OUTAGE))
    words.append(on(master, f"gnt-node add --readd --no-ssh-key-check {name}"))
    words.append(by_hand("It may fail while the node still starts: once more, five minutes later."))
    words.append(on(master, "gnt-cluster redist-conf"))
    words.append(
        by_hand("Then look again: how the copies stand to each other is the next question.")
    )
    words += thaw(scene.answering)
    refused = []
    lifted = []
    for objection, reading in _objections(scene, host):
        refused.append(objection)
        lifted.append(reading)
    return Runbook(
        "rejoin",
        f"Take {host} in again",
        tuple(words),
        refused="; ".join(refused),
        lifted="; ".join(lifted),
    )


def _objections(scene: Scene, host: str) -> Iterator[Objection]:
    running = scene.read(host, RUNNING)
    hypervisor = scene.read(host, HYPERVISOR)
    states = scene.read(host, DRBD_STATES)
    pulse = scene.read(host, PULSE)
    if running is None or hypervisor is None or states is None or pulse is None:
        yield f"not all of {host} could be seen", "a whole look at it"
        return
    yield from _masters_role(scene, host, running)
    if hypervisor.silent or hypervisor.guests:
        guests = ", ".join(hypervisor.guests) or "perhaps"
        yield f"an instance runs on {host}: {guests}", "no instance runs there"
    yield from _primary_disks(states)
    if pulse.uptime < READD_AFTER:
        yield f"{host} is up for {pulse.uptime:.0f} s only", f"{READD_AFTER} s"
    yield from _unreachable_for_the_master(scene, host)


def _masters_role(scene: Scene, host: str, running: Running) -> Iterator[Objection]:
    """A second master, now or at its next start: it would overwrite the configuration."""
    acting = []
    for daemon in MASTER_ROLE_DAEMONS:
        if daemon[:COMM_LENGTH] in running.daemons:
            acting.append(daemon)
    if acting:
        daemons = ", ".join(acting)
        yield f"{host} runs {daemons}", "those daemons do not run there"
    bypass = scene.read(host, BYPASS)
    if bypass is None or bypass.settings:
        yield f"/etc/default/ganeti of {host} may hold --no-voting", "no such line is there"


def _primary_disks(states: DrbdStates) -> Iterator[Objection]:
    """What is Primary may be written to, while the cluster goes on with the other copy."""
    primary = []
    for minor in states.minors:
        if minor.role == "Primary":
            primary.append(str(minor.number))
    if primary:
        minors = ", ".join(primary)
        yield f"DRBD is Primary there (minor {minors})", "no minor is Primary"


def _unreachable_for_the_master(scene: Scene, host: str) -> Iterator[Objection]:
    """Every order to a node goes through noded's port, under the cluster's one certificate."""
    own = scene.read(host, CERTIFICATES)
    masters = scene.read(scene.master, CERTIFICATES)
    if own is not None and masters is not None and own.fingerprint != masters.fingerprint:
        # Renewed while it was away.
        yield f"{host} has another cluster certificate", "the certificates are the same"
    view = scene.read(scene.master, PRESENCE)
    address = str(scene.answers.node(host).ip)
    heard = view.heard.get(address) if view else None
    if heard is None or dict(heard.ports).get(NODED) != "open":
        yield f"{scene.master} does not reach noded of {host}", "port 1811 is open from there"
