"""What must not be so on a node that came back and is to be taken in again."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, MASTER_ROLE_DAEMONS
from steps.health.facts.daily import BYPASS
from steps.platform.facts.xen import HYPERVISOR, Hypervisor
from steps.recover.addresses import NODED, SSH
from steps.recover.copies import minor_of
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.daemons import RUNNING, Running
from steps.recover.facts.drbdstates import DRBD_STATES, DrbdStates
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.storage.olddata import old_data

READD_AFTER = 180
"""Seconds that a returned node must be up: earlier, `gnt-node add --readd` fails half-way (seen on
Ganeti 3.0.2).
"""
CLEANUP = "/usr/lib/ganeti/tools/node-cleanup --yes-do-it"
"""Without it `gnt-node add` refuses a node that holds another certificate (lib/tools/common.py,
VerifyCertificateSoft); it leaves a copy of the files there.
"""
COMM_LENGTH = 15
"""Letters of a program's name that the kernel keeps (proc(5), /proc/PID/comm)."""


def objections(scene: Scene, host: str) -> Iterator[Refusal]:
    """Each reason why a node must not be taken in again as it is now."""
    running = scene.read(host, RUNNING)
    hypervisor = scene.read(host, HYPERVISOR)
    states = scene.read(host, DRBD_STATES)
    pulse = scene.read(host, PULSE)
    if running is None or hypervisor is None or states is None or pulse is None:
        yield Refusal(f"not all of {host} could be seen", "a whole look at it")
        return
    yield from _masters_role(scene, host, running)
    if hypervisor.silent or hypervisor.guests:
        yield _runs_instances(scene, host, hypervisor)
    yield from _primary_disks(states)
    older = old_data(scene, host)
    if older.why:
        yield older
    if pulse.uptime < READD_AFTER:
        yield Refusal(f"{host} is up for {pulse.uptime:.0f} s only", f"{READD_AFTER} s")
    yield from _unreachable_for_the_master(scene, host)


def _runs_instances(scene: Scene, host: str, hypervisor: Hypervisor) -> Refusal:
    """An instance that runs there may run on the other node too, from the other copy."""
    guests = ", ".join(hypervisor.guests) or "perhaps"
    lifted = "no instance runs there"
    alive = [_never_stopped(scene, host, guest) for guest in hypervisor.guests]
    if all(alive) and not hypervisor.silent:
        # It never stopped and takes every write on both sides: to stop it would be an outage for
        # nothing, also where a failover was tried meanwhile (Ganeti's issue 669).
        name = scene.answers.node(host).name
        lifted += "; or, as it runs nowhere else and both copies are whole: it never went away, "
        lifted += f"and on {scene.master} `gnt-node modify -f -O no {name}` undoes the mark"
    return Refusal(f"an instance runs on {host}: {guests}", lifted)


def _never_stopped(scene: Scene, host: str, name: str) -> bool:
    """Whether an instance that runs on a node is Ganeti's, runs nowhere else, and its disks are
    replicated right now: the node was marked offline and never went away.
    """
    for guest in scene.guests:
        if guest.name != name:
            continue
        if scene.runs_on(guest) != [host]:
            return False
        minors = [minor_of(scene, disk, host) for disk in scene.disks_of(guest)]
        return bool(minors) and all(minor is not None and minor.healthy for minor in minors)
    return False


def _masters_role(scene: Scene, host: str, running: Running) -> Iterator[Refusal]:
    """A second master, now or at its next start: it would overwrite the configuration."""
    acting = []
    for daemon in MASTER_ROLE_DAEMONS:
        if daemon[:COMM_LENGTH] in running.daemons:
            acting.append(daemon)
    if acting:
        daemons = ", ".join(acting)
        yield Refusal(f"{host} runs {daemons}", "those daemons do not run there")
    bypass = scene.read(host, BYPASS)
    if bypass is None or bypass.settings:
        yield Refusal(
            f"/etc/default/ganeti of {host} may hold --no-voting", "no such line is there"
        )


def _primary_disks(states: DrbdStates) -> Iterator[Refusal]:
    """What is Primary may be written to, while the cluster goes on with the other copy."""
    primary = []
    for minor in states.minors:
        if minor.role == "Primary":
            primary.append(str(minor.number))
    if primary:
        minors = ", ".join(primary)
        yield Refusal(f"DRBD is Primary there (minor {minors})", "no minor is Primary")


def _unreachable_for_the_master(scene: Scene, host: str) -> Iterator[Refusal]:
    """Every order to a node goes through noded's port, under the cluster's one certificate."""
    own = scene.read(host, CERTIFICATES)
    masters = scene.read(scene.master, CERTIFICATES)
    stored = scene.read(host, GANETI)
    # Absent, by two looks: one that only cannot be read would end the re-add half-way.
    cleaned = own is not None and not own.fingerprint and stored is not None and not stored.cert
    differs = own is not None and masters is not None and own.fingerprint != masters.fingerprint
    if differs and not cleaned:
        # Renewed while it was away.
        yield Refusal(
            f"{host} has another cluster certificate",
            "the certificates are the same; or, if nothing runs there and its evidence is kept, "
            f"{CLEANUP} on {host} has thrown its own Ganeti files away",
        )
    # Without a certificate no noded runs: the re-add brings it one by ssh.
    port, name = (SSH, "ssh") if cleaned else (NODED, "noded")
    if not _open_for_the_master(scene, host, port):
        yield Refusal(
            f"{scene.master} does not reach {name} of {host}", f"port {port} is open from there"
        )


def _open_for_the_master(scene: Scene, host: str, port: int) -> bool:
    """Whether the master was seen to reach a port of a node; not seen is not reached."""
    view = scene.read(scene.master, PRESENCE)
    if view is None:
        return False
    address = str(scene.answers.node(host).ip)
    heard = view.heard.get(address)
    return heard is not None and dict(heard.ports).get(port) == "open"
