"""Start on the survivor what ran on the dead node, from the survivor's copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import Age, Freshness, age, generation_of
from steps.recover.scene import Scene
from steps.recover.steps.claimed import objections
from steps.recover.steps.common import acting, has_on, lost_node, quiet, recovery_step, start
from steps.recover.steps.offline import is_offline
from wizard.base.names import short
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step


def stranded(case: Case, scene: Scene) -> list[Guest]:
    """The instances that should run, that Ganeti has on the dead node, and that it can run
    elsewhere: whose disks are there alone comes back with the node.
    """
    lost = lost_node(case, scene)
    guests = []
    for guest in scene.guests:
        if scene.primary(guest) == lost and guest.state == "up" and scene.mirrored(guest):
            guests.append(guest)
    return guests


def not_started(case: Case, scene: Scene) -> list[Guest]:
    """The instances that Ganeti has on a node that answers, and that run nowhere."""
    lost = lost_node(case, scene)
    guests = []
    for guest in scene.guests:
        home = scene.primary(guest)
        concerned = any(disk.minor_on(lost) is not None for disk in scene.disks_of(guest))
        should_run = guest.state == "up" and concerned and home in scene.answering
        if should_run and not scene.runs_on(guest):
            guests.append(guest)
    return guests


def survivor_of(scene: Scene, guest: Guest, lost: str) -> str:
    """The node that holds the other copy; "" without one."""
    for disk in scene.disks_of(guest):
        for host, _ in disk.minors:
            if host != lost:
                return host
    return ""


def stale(case: Case, scene: Scene, guest: Guest) -> list[Age]:
    """How old the survivor's copies are, of those that are not known to be fresh."""
    lost = lost_node(case, scene)
    host = survivor_of(scene, guest, lost)
    ages = [age(scene, disk, host, lost) for disk in scene.disks_of(guest)]
    return [known for known in ages if known.freshness is not Freshness.FRESH]


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """What forbids to run these instances from the survivor's copy."""
    lost = lost_node(case, scene)
    guests = stranded(case, scene)
    waiting = not_started(case, scene)
    if not guests and not waiting:
        return
    if not acting(scene) or not is_offline(scene, lost):
        yield Finding("", f"{lost or 'the node'} is not marked offline by an acting master yet")
        return
    for guest in [*guests, *waiting]:
        yield from _cannot_run(scene, guest, survivor_of(scene, guest, lost))
    for host in dict.fromkeys(survivor_of(scene, guest, lost) for guest in [*guests, *waiting]):
        if host:
            yield from objections(case, scene, host)


def _cannot_run(scene: Scene, guest: Guest, host: str) -> Iterator[Finding]:
    if host not in scene.answering:
        yield Finding(host, f"no server that answers holds a copy of {guest.name}")
        return
    hypervisor = scene.read(host, HYPERVISOR)
    if hypervisor is None or hypervisor.silent:
        # It may run there already: `gnt-instance startup` asks one node only.
        yield Finding(host, "its hypervisor does not say what runs", mend="xl list there")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Each instance: failed over only while Ganeti has it on the dead node, else started.

    A failover exchanges the primary before all else (instance_migration.py, 1107): a second one
    would send the instance back to the dead node.
    """
    for guest in stranded(case, scene):
        yield _fail_over(case, scene, guest)
    for guest in not_started(case, scene):
        yield _start(case, scene, guest)


def _start(case: Case, scene: Scene, guest: Guest) -> Command:
    """Where Ganeti has it already, after a failover that was cut off or a restart of its node."""
    lost = lost_node(case, scene)
    home = scene.primary(guest)
    old = [] if _written_last(scene, guest, home) else stale(case, scene, guest)
    why = f"Ganeti has {short(guest.name)} on {home}, where it does not run"
    return replace(
        start(scene, guest, why, Danger.DESTROY if old else Danger.OUTAGE),
        risk=_risk(old, lost),
        confirm=guest.name if old else "",
        guard=quiet(scene, scene.answers.node(lost).addresses),
        turning=True,
    )


def _written_last(scene: Scene, guest: Guest, host: str) -> bool:
    """Whether every copy on a node went on after its peer was gone."""
    copies = [generation_of(scene, disk, host) for disk in scene.disks_of(guest)]
    return all(copy is not None and copy.outlived for copy in copies)


def _fail_over(case: Case, scene: Scene, guest: Guest) -> Command:
    lost = lost_node(case, scene)
    addresses = [*scene.answers.node(lost).addresses]
    for wanted in scene.answers.guests:
        if wanted.name == guest.name:
            addresses.append(str(wanted.ip))
    old = stale(case, scene, guest)
    return Command(
        scene.master,
        ("gnt-instance", "failover", "-f", *SUBMIT, guest.name),
        f"{short(guest.name)} goes on from the copy on {survivor_of(scene, guest, lost)}",
        Danger.DESTROY if old else Danger.OUTAGE,
        risk=_risk(old, lost),
        undo="the runbook `home`, once both nodes are well",
        kind=Kind.JOB,
        confirm=guest.name if old else "",
        ok=(0, 1),
        guard=f"{has_on(guest, scene.answers.node(lost).name)}; {quiet(scene, addresses)}",
        turning=True,
        minutes=2,
    )


def _risk(old: list[Age], lost: str) -> str:
    if not old:
        return f"what {lost} alone may have written is given up; by all signs that is nothing"
    behind = max(known.behind for known in old)
    if behind:
        return f"the last {behind // 60 + 1} minutes before the crash may be missing for good"
    return f"nobody knows how old this copy is: what only {lost} has is given up"


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each instance is on a node that answers, and runs there and nowhere else."""
    for guest in stranded(case, scene):
        yield Finding("", f"Ganeti still has {guest.name} on the dead node", step=THIS_STEP)
    for guest in not_started(case, scene):
        yield Finding(scene.primary(guest), f"{guest.name} does not run", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "move",
        "Run the dead node's instances on the other one",
        "The other node has a copy of every disk that was written to until the link was gone.",
        "gnt-instance failover -f INSTANCE, once each, one after the other",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=3,
    )
