"""Start on the survivor what ran on the dead node, from the survivor's copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import Age, Freshness, age, generation_of
from steps.recover.scene import Scene
from steps.recover.situations.takeover import not_started, to_be_run
from steps.recover.steps.claimed import objections
from steps.recover.steps.common import acting, has_on, lost_node, quiet, recovery_step, start
from wizard.answers.limits import host_address
from wizard.base.names import short
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step


def stranded(case: Case, scene: Scene) -> list[Guest]:
    """The instances that should run, that Ganeti has on the dead node, and that it can run
    elsewhere: whose whole data is there alone comes back with the node.
    """
    return to_be_run(scene, lost_node(case, scene))


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
    guests = [*stranded(case, scene), *not_started(scene, lost)]
    if not guests:
        return
    if not acting(scene) or not scene.is_offline(lost):
        name = lost or "the node"
        yield Finding("", f"{name} is not marked offline by an acting master yet")
        return
    survivors = []
    for guest in guests:
        survivor = survivor_of(scene, guest, lost)
        yield from _cannot_run(scene, guest, survivor)
        if survivor and survivor not in survivors:
            survivors.append(survivor)
    for host in survivors:
        yield from objections(case, scene, host)


def _cannot_run(scene: Scene, guest: Guest, host: str) -> Iterator[Finding]:
    """Why an instance cannot be run on that node, or may run there already."""
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
    for guest in not_started(scene, lost_node(case, scene)):
        yield _start(case, scene, guest)


def _start(case: Case, scene: Scene, guest: Guest) -> Command:
    """Where Ganeti has it already, after a failover that was cut off or a restart of its node."""
    lost = lost_node(case, scene)
    home = scene.primary(guest)
    old: list[Age] = []
    if not _written_last(scene, guest, home):
        old = stale(case, scene, guest)
    why = f"Ganeti has {short(guest.name)} on {home}, where it does not run"
    return replace(
        start(scene, guest, why, _danger(old)),
        risk=_risk(old, lost),
        confirm=_confirm(old, guest),
        guard=_silent(scene, lost, guest),
        turning=True,
    )


def _written_last(scene: Scene, guest: Guest, host: str) -> bool:
    """Whether every copy on a node went on after its peer was gone."""
    copies = [generation_of(scene, disk, host) for disk in scene.disks_of(guest)]
    return all(copy is not None and copy.outlived for copy in copies)


def _fail_over(case: Case, scene: Scene, guest: Guest) -> Command:
    """Guarded: Ganeti has it on the dead node still, and neither node nor instance answers."""
    lost = lost_node(case, scene)
    node = scene.answers.node(lost)
    survivor = survivor_of(scene, guest, lost)
    old = stale(case, scene, guest)
    return Command(
        scene.master,
        ("gnt-instance", "failover", "-f", *SUBMIT, guest.name),
        f"{short(guest.name)} goes on from the copy on {survivor}",
        _danger(old),
        risk=_risk(old, lost),
        undo="the runbook `home`, once both nodes are well",
        kind=Kind.JOB,
        confirm=_confirm(old, guest),
        ok=(0, 1),
        guard=f"{has_on(guest, node.name)}; {_silent(scene, lost, guest)}",
        turning=True,
        minutes=2,
    )


def _silent(scene: Scene, lost: str, guest: Guest) -> str:
    """A guard: nobody answers at the lost node's addresses, nor at any of the instance's, which may
    have several cards, and be none of the answers'.
    """
    addresses = [*scene.answers.node(lost).addresses]
    for wanted in scene.answers.guests:
        if wanted.name == guest.name:
            addresses.append(str(wanted.ip))
    return quiet(scene, addresses, near=[ip for ip in _own(guest) if ip not in addresses])


def _own(guest: Guest) -> Iterator[str]:
    """The addresses of an instance by Ganeti's record."""
    for told in dict.fromkeys(guest.ips):
        try:
            yield str(host_address(IPv4Address(told)))
        except ValueError:
            # It has none, or one of IPv6, which ARP does not ask for.
            continue


def _danger(old: list[Age]) -> Danger:
    """From a copy that may be old, what the dead node wrote last is lost for good."""
    return Danger.DESTROY if old else Danger.OUTAGE


def _confirm(old: list[Age], guest: Guest) -> str:
    """What is typed before something is lost; "" where nothing is."""
    return guest.name if old else ""


def _risk(old: list[Age], lost: str) -> str:
    if not old:
        return f"what {lost} alone may have written is given up; by all signs that is nothing"
    behind = max(known.behind for known in old)
    if behind:
        minutes = behind // 60 + 1
        return f"the last {minutes} minutes before the crash may be missing for good"
    return f"nobody knows how old this copy is: what only {lost} has is given up"


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each instance is on a node that answers, and runs there and nowhere else."""
    for guest in stranded(case, scene):
        what = f"Ganeti still has {guest.name} on the dead node"
        yield Finding("", what, step=THIS_STEP)
    for guest in not_started(scene, lost_node(case, scene)):
        what = f"{guest.name} does not run"
        yield Finding(scene.primary(guest), what, step=THIS_STEP)


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
