"""What forbids to move an instance of a cluster that is well; each is said with what lifts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.ganeti.facts.drbdminors import Minor
from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.facts.jobs import JOBS, Job
from steps.recover.copies import foreseen, gate, minor_of
from steps.recover.facts.room import ROOM
from steps.recover.forecast import Outcome
from steps.recover.planned.kernels import unbootable
from steps.recover.planned.live import stops
from steps.recover.scene import Disk, Scene
from steps.recover.situations.instances import mute_hypervisors
from steps.recover.situations.words import GATE_LIFTED, LOOK_AGAIN
from steps.recover.steps.common import acting
from steps.recover.steps.vote import all_well
from wizard.model.accident import Case
from wizard.model.step import Finding

Pair = tuple[Guest, str]
"""An instance, and the short name of the node that it is to go to."""
EXCHANGES = ("OP_INSTANCE_FAILOVER", "OP_INSTANCE_MIGRATE")
"""The jobs that exchange an instance's primary."""


def cluster_is_ill(scene: Scene) -> Iterator[Finding]:
    """Why nothing may be moved at all."""
    # A server that is away or marked offline.
    yield from all_well(scene)
    if not acting(scene):
        yield Finding("", "no node acts as master", mend=LOOK_AGAIN)
    if len(scene.leading) > 1:
        yield Finding("", "two nodes act as master", mend=LOOK_AGAIN)


def obstacles(case: Case, scene: Scene, guest: Guest, target: str) -> Iterator[Finding]:
    """Why this instance must not go to that node now."""
    yield from drained(scene, target)
    if guest.state == "up" and stops(case, scene, scene.primary(guest), target):
        # One that runs on boots nothing.
        yield from unbootable(scene, guest, target)
    yield from _not_where_it_should_be(scene, guest)
    yield from _copies(scene, guest, target)
    yield from _held_by_jobs(scene, guest)


def _held_by_jobs(scene: Scene, guest: Guest) -> Iterator[Finding]:
    """What Ganeti itself does to the instance or its nodes; an unread queue may hold anything."""
    if scene.read(scene.master, JOBS) is None:
        what = "its job queue could not be read"
        yield Finding(scene.master, what, mend="look again")
        return
    for job in jobs(scene, guest):
        described = f"job {job.id} ({job.op}, {job.status})"
        what = f"{described} holds {guest.name} or its node"
        mend = f"wait until it has ended: gnt-job watch {job.id}"
        yield Finding(scene.master, what, mend=mend)


def drained(scene: Scene, target: str) -> Iterator[Finding]:
    """A node to which Ganeti moves nothing, and which it does not let lead."""
    if not target:
        yield Finding("", "no server is known that it could go to", mend=LOOK_AGAIN)
        return
    name = scene.answers.node(target).name
    if scene.config is None:
        return
    member = scene.config.node(name)
    if member is not None and member.drained:
        what = "is marked drained: Ganeti sends no instance there"
        mend = f"gnt-node modify -D no {name}"
        yield Finding(target, what, mend=mend)


def mute(scene: Scene) -> Iterator[Finding]:
    """The servers on which any instance may run: their hypervisor does not say it."""
    for host in mute_hypervisors(scene):
        what = "its hypervisor does not say what runs"
        mend = f"xl list on {host}"
        yield Finding(host, what, mend=mend)


def misplaced(scene: Scene, guest: Guest) -> str:
    """How what the hypervisors say of an instance differs from what Ganeti wants; "" for not."""
    expected = []
    if guest.state == "up":
        expected.append(scene.primary(guest))
    running = scene.runs_on(guest)
    if running == expected:
        return ""
    where = _on(running)
    should = _on(expected)
    return f"{guest.name} runs {where}, and by Ganeti it should run {should}"


def _on(hosts: list[str]) -> str:
    """Where an instance runs, in words."""
    if not hosts:
        return "nowhere"
    return f"on {' and '.join(hosts)}"


def _not_where_it_should_be(scene: Scene, guest: Guest) -> Iterator[Finding]:
    """While a hypervisor is silent nobody knows where it runs: then that alone is said."""
    silent = list(mute(scene))
    if silent:
        yield from silent
        return
    what = misplaced(scene, guest)
    if what:
        yield Finding("", what, mend=LOOK_AGAIN)


def _copies(scene: Scene, guest: Guest, target: str) -> Iterator[Finding]:
    """Why the target's copies of an instance's disks are not good enough to go on with."""
    disks = scene.disks_of(guest)
    replicated = len(disks) == len(guest.disks)
    if not disks or not replicated:
        what = f"{guest.name} has a disk that is not replicated"
        mend = f"gnt-instance modify -t drbd -n NODE {guest.name}"
        yield Finding("", what, mend=mend)
        return
    in_use = guest.state == "up"
    for disk in disks:
        if disk.minor_on(target) is None:
            what = f"holds no copy of {disk.label}"
            yield Finding(target, what, mend="name another server")
        elif in_use:
            yield from _not_whole(scene, disk)
        else:
            yield from differs(scene, disk)
    if in_use:
        yield from _must_not_be_active(scene, guest)


def _must_not_be_active(scene: Scene, guest: Guest) -> Iterator[Finding]:
    """Why the disks of an instance must not be activated by Ganeti, wherever it goes."""
    primary = scene.primary(guest)
    mend = f"until {GATE_LIFTED}"
    for objection in gate(scene, guest):
        yield Finding(primary, objection, mend=mend)


def _not_whole(scene: Scene, disk: Disk) -> Iterator[Finding]:
    """A disk that is in use must be connected and UpToDate, by both sides."""
    for host, _ in disk.minors:
        minor = minor_of(scene, disk, host)
        if minor is None:
            what = f"DRBD has no device for {disk.label}"
            yield Finding(host, what, mend=LOOK_AGAIN)
        elif minor.synchronises:
            progress = _progress(minor)
            what = f"{disk.label} is being made the same on both sides ({progress})"
            mend = f"wait until it has: /proc/drbd on {host}"
            yield Finding(host, what, mend=mend)
        elif not minor.healthy:
            # Parted, not UpToDate, with blocks out of sync, or held back (`Minor.healthy`).
            what = f"the copies of {disk.label} are not whole: {minor.states}"
            yield Finding(host, what, mend=LOOK_AGAIN)


def _progress(minor: Minor) -> str:
    """How far a resync is, as far as DRBD says it."""
    if minor.synced is None:
        return minor.cs
    return f"{minor.cs}, {minor.synced:.0f} %"


def differs(scene: Scene, disk: Disk) -> Iterator[Finding]:
    """The disks of a stopped instance are down: their identifiers alone tell that they are same."""
    made = foreseen(scene, disk)
    if made is not None and made.outcome is Outcome.IN_SYNC:
        return
    seen = made or "not read"
    what = f"nothing shows that both copies of {disk.label} are the same: {seen}"
    mend = "start it, let the copies become the same, and move it then"
    yield Finding("", what, mend=mend)


def no_room(scene: Scene, pairs: Iterable[Pair]) -> Iterator[Finding]:
    """The targets whose memory does not suffice for all that is to run there."""
    for target, mib in _needed_mib(scene, pairs).items():
        room = scene.read(target, ROOM)
        free = 0
        if room is not None:
            free = room.free_mib
        if not free:
            what = "does not say how much memory is free"
            yield Finding(target, what, mend="look again")
        elif free < mib:
            what = f"has {free} MiB of memory free, and {mib} MiB are needed"
            mend = "stop what is not needed there, or give it less"
            yield Finding(target, what, mend=mend)


def _needed_mib(scene: Scene, pairs: Iterable[Pair]) -> dict[str, int]:
    """What all that is to run on each target needs together."""
    needed: dict[str, int] = {}
    for guest, target in pairs:
        if guest.state != "up":
            # Moved or not, it takes no memory.
            continue
        before = needed.get(target, 0)
        needed[target] = before + memory_of(scene, guest)
    return needed


def memory_of(scene: Scene, guest: Guest) -> int:
    """What an instance needs in MiB: what it has now, or should have by the answers."""
    sizes = []
    for wanted in scene.answers.guests:
        if wanted.name == guest.name:
            sizes.append(wanted.memory_mib)
    for host in scene.answering:
        room = scene.read(host, ROOM)
        if room is not None:
            taken = room.taken.get(guest.name, 0)
            sizes.append(taken)
    return max(sizes, default=0)


def jobs(scene: Scene, guest: Guest) -> list[Job]:
    """The jobs that are not at their end and hold this instance, or a node that it lies on."""
    queue = scene.read(scene.master, JOBS)
    if queue is None:
        return []
    # Ganeti names nodes in full.
    members = {scene.answers.node(host).name for host in scene.answering}
    held = []
    for job in queue.jobs:
        its_own = job.instance == guest.name
        on_its_nodes = job.node in members
        if job.live and (its_own or on_its_nodes):
            held.append(job)
    return held


def under_way(scene: Scene, guest: Guest) -> Job | None:
    """The job that exchanges this instance's primary right now."""
    for job in jobs(scene, guest):
        its_own = job.instance == guest.name
        if its_own and job.op in EXCHANGES:
            return job
    return None
