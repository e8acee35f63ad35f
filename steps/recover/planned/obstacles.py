"""What forbids to move an instance of a cluster that is well; each is said with what lifts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.facts.jobs import JOBS, Job
from steps.recover.copies import foreseen, gate, minor_of
from steps.recover.facts.room import ROOM
from steps.recover.forecast import Outcome
from steps.recover.scene import Disk, Scene
from steps.recover.situations.instances import mute_hypervisors
from steps.recover.situations.words import GATE_LIFTED, LOOK_AGAIN
from steps.recover.steps.common import acting
from steps.recover.steps.vote import all_well
from wizard.model.step import Finding

Pair = tuple[Guest, str]
"""An instance, and the short name of the node that it is to go to."""
EXCHANGES = ("OP_INSTANCE_FAILOVER", "OP_INSTANCE_MIGRATE")
"""The jobs that exchange an instance's primary."""


def cluster_is_ill(scene: Scene) -> Iterator[Finding]:
    """Why nothing may be moved at all."""
    yield from all_well(scene)
    if not acting(scene):
        yield Finding("", "no node acts as master", mend=LOOK_AGAIN)
    if len(scene.leading) > 1:
        yield Finding("", "two nodes act as master", mend=LOOK_AGAIN)


def obstacles(scene: Scene, guest: Guest, target: str) -> Iterator[Finding]:
    """Why this instance must not go to that node now."""
    yield from drained(scene, target)
    yield from _not_where_it_should_be(scene, guest)
    yield from _copies(scene, guest, target)
    if scene.read(scene.master, JOBS) is None:
        yield Finding(scene.master, "its job queue could not be read", mend="look again")
    for job in jobs(scene, guest):
        what = f"job {job.id} ({job.op}, {job.status}) holds {guest.name} or its node"
        yield Finding(scene.master, what, mend=f"wait until it has ended: gnt-job watch {job.id}")


def drained(scene: Scene, target: str) -> Iterator[Finding]:
    """A node to which Ganeti moves nothing, and which it does not let lead."""
    if not target:
        yield Finding("", "no server is known that it could go to", mend=LOOK_AGAIN)
        return
    name = scene.answers.node(target).name
    member = scene.config.node(name) if scene.config else None
    if member is not None and member.drained:
        what = "is marked drained: Ganeti sends no instance there"
        yield Finding(target, what, mend=f"gnt-node modify -D no {name}")


def mute(scene: Scene) -> Iterator[Finding]:
    """The servers on which any instance may run: their hypervisor does not say it."""
    for host in mute_hypervisors(scene):
        yield Finding(host, "its hypervisor does not say what runs", mend=f"xl list on {host}")


def misplaced(scene: Scene, guest: Guest) -> str:
    """How what the hypervisors say of an instance differs from what Ganeti wants; "" for not."""
    expected = [scene.primary(guest)] if guest.state == "up" else []
    running = scene.runs_on(guest)
    if running == expected:
        return ""
    where = f"on {' and '.join(running)}" if running else "nowhere"
    should = f"on {expected[0]}" if expected else "nowhere"
    return f"{guest.name} runs {where}, and by Ganeti it should run {should}"


def _not_where_it_should_be(scene: Scene, guest: Guest) -> Iterator[Finding]:
    silent = list(mute(scene))
    yield from silent
    what = misplaced(scene, guest)
    if what and not silent:
        yield Finding("", what, mend=LOOK_AGAIN)


def _copies(scene: Scene, guest: Guest, target: str) -> Iterator[Finding]:
    disks = scene.disks_of(guest)
    if len(disks) != len(guest.disks) or not disks:
        what = f"{guest.name} has a disk that is not replicated"
        yield Finding("", what, mend=f"gnt-instance modify -t drbd -n NODE {guest.name}")
        return
    for disk in disks:
        if disk.minor_on(target) is None:
            yield Finding(target, f"holds no copy of {disk.label}", mend="name another server")
        elif guest.state == "up":
            yield from _not_whole(scene, disk)
        else:
            yield from _differs(scene, disk)
    if guest.state == "up":
        for objection in gate(scene, guest):
            yield Finding(scene.primary(guest), objection, mend=f"until {GATE_LIFTED}")


def _not_whole(scene: Scene, disk: Disk) -> Iterator[Finding]:
    """A disk that is in use must be connected and UpToDate, by both sides."""
    for host, _ in disk.minors:
        minor = minor_of(scene, disk, host)
        if minor is None:
            yield Finding(host, f"DRBD has no device for {disk.label}", mend=LOOK_AGAIN)
        elif minor.synchronises:
            done = "" if minor.synced is None else f", {minor.synced:.0f} %"
            what = f"{disk.label} is being made the same on both sides ({minor.cs}{done})"
            yield Finding(host, what, mend=f"wait until it has: /proc/drbd on {host}")
        elif not minor.healthy:
            what = f"the copies of {disk.label} are not whole: {minor.states}"
            yield Finding(host, what, mend=LOOK_AGAIN)


def _differs(scene: Scene, disk: Disk) -> Iterator[Finding]:
    """The disks of a stopped instance are down: their identifiers alone tell that they are same."""
    made = foreseen(scene, disk)
    if made is None or made.outcome is not Outcome.IN_SYNC:
        what = f"nothing shows that both copies of {disk.label} are the same: {made or 'not read'}"
        yield Finding("", what, mend="start it, let the copies become the same, and move it then")


def no_room(scene: Scene, pairs: Iterable[Pair]) -> Iterator[Finding]:
    """The targets whose memory does not suffice for all that is to run there."""
    needed: dict[str, int] = {}
    for guest, target in pairs:
        if guest.state == "up":
            needed[target] = needed.get(target, 0) + memory_of(scene, guest)
    for target, mib in needed.items():
        room = scene.read(target, ROOM)
        if room is None or not room.free_mib:
            yield Finding(target, "does not say how much memory is free", mend="look again")
        elif room.free_mib < mib:
            what = f"has {room.free_mib} MiB of memory free, and {mib} MiB are needed"
            yield Finding(target, what, mend="stop what is not needed there, or give it less")


def memory_of(scene: Scene, guest: Guest) -> int:
    """What an instance needs in MiB: what it has now, or should have by the answers."""
    sizes = [wanted.memory_mib for wanted in scene.answers.guests if wanted.name == guest.name]
    for host in scene.answering:
        room = scene.read(host, ROOM)
        if room is not None:
            sizes.append(room.taken.get(guest.name, 0))
    return max(sizes, default=0)


def jobs(scene: Scene, guest: Guest) -> list[Job]:
    """The jobs that are not at their end and hold this instance, or a node that it lies on."""
    queue = scene.read(scene.master, JOBS)
    members = {scene.answers.node(host).name for host in scene.answering}
    held = []
    for job in queue.jobs if queue else ():
        if job.live and (job.instance == guest.name or job.node in members):
            held.append(job)
    return held


def under_way(scene: Scene, guest: Guest) -> Job | None:
    """The job that exchanges this instance's primary right now."""
    for job in jobs(scene, guest):
        if job.instance == guest.name and job.op in EXCHANGES:
            return job
    return None
