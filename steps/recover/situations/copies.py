"""What became of an instance's copies: running twice, half of a resync, a disk given up."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.ways import way
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import half_copied, minor_of, without_storage
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.holding import going_on, typed
from steps.recover.scene import Disk, Scene
from steps.recover.situations.apart import states
from steps.recover.situations.takeover import others_to_save
from steps.recover.situations.words import ask_somebody, by_hand, instance, on, wait
from steps.recover.victims import diverged
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def twice(scene: Scene) -> Iterator[Situation]:
    """Situation 12: one instance runs on two nodes."""
    for guest in scene.guests:
        hosts = scene.runs_on(guest)
        both = going_on(scene, guest)
        if len(hosts) < 2 or (len(both) < 2 and diverged(scene, guest)):
            # One of them is held still, and which data is kept is the question: a split brain,
            # whose runbook ends one of the two.
            continue
        evidence = []
        for host in hosts:
            held = "" if host in both else ", held still"
            evidence.append(scene.evidence(HYPERVISOR, host, f"{guest.name} runs here{held}"))
        title = f"{guest.name} runs on {' and '.join(hosts)} at once"
        runbooks: tuple[Runbook, ...] = (ask_somebody(),)
        if len(both) > 1:
            runbooks = (_pause(scene, guest, both), *runbooks)
        yield Situation(
            "twice",
            title,
            Confidence.CERTAIN,
            tuple(evidence),
            runbooks,
        )


def _pause(scene: Scene, guest: Guest, hosts: list[str]) -> Runbook:
    primary = scene.primary(guest)
    words = []
    for host in hosts:
        if host != primary:
            # It stops the writing at once, loses nothing, and can be taken back.
            words.append(on(host, typed(scene, host, "pause", guest.name), Danger.OUTAGE))
    words.append(by_hand("Shut nothing down from inside: that writes. Then look again."))
    by_program = way("twice")
    words.append(by_hand("The same by the program, which then keeps evidence and watcher away:"))
    words.append(Word(by_program, danger=Danger.OUTAGE, command=True))
    title = f"Pause the copy that is not on {primary}, at once"
    return Runbook("twice", title, tuple(words), by_hand=False)


def incomplete(scene: Scene) -> Iterator[Situation]:
    """Situation 16: the only copy that is seen is half of a resync, or has lost its storage."""
    for absent, situation in _incomplete_copies(scene):
        if not others_to_save(scene, absent):
            yield situation


def incomplete_beside(scene: Scene) -> Iterator[Situation]:
    """The same where there is more to go on with: one instance's copy holds up nobody else."""
    for absent, situation in _incomplete_copies(scene):
        if others_to_save(scene, absent):
            yield situation


def _incomplete_copies(scene: Scene) -> Iterator[tuple[str, Situation]]:
    """Each such copy, with the node that alone has the whole."""
    for guest in scene.guests:
        for disk in scene.disks_of(guest):
            holders = [host for host, _ in disk.minors]
            present = [host for host in holders if host in scene.answering]
            absent = [host for host in holders if host not in scene.answering]
            if len(present) != 1:
                continue
            if half_copied(scene, disk, present[0]):
                yield absent[0], _incomplete(scene, disk, present[0], absent[0])
            elif without_storage(scene, disk, present[0]):
                yield absent[0], _bare(scene, disk, present[0], absent[0])


def _incomplete(scene: Scene, disk: Disk, host: str, absent: str) -> Situation:
    # Never offered: `drbdsetup primary --force` would call a mixture of old and new blocks good.
    return _only_elsewhere(
        f"the copy of {disk.label} on {host} is incomplete",
        wait(f"Bring {absent} back: only its copy is whole."),
        Runbook(
            "force",
            f"Use the copy on {host}",
            (),
            refused="it is half-copied: there is no data in it that can be trusted",
            lifted=f"{absent} answers, and the resync ends",
        ),
        scene.evidence(
            DRBD_STATES,
            host,
            f"{disk.label} is Inconsistent: the source went away during a resync",
        ),
    )


def _bare(scene: Scene, disk: Disk, host: str, absent: str) -> Situation:
    """Stopped and started where it is, the instance would run on the disk that DRBD gave up, whose
    data is of the moment at which that happened (Ganeti's issue 846).
    """
    text = f"Bring {absent} back: only its copy is whole."
    if host in scene.runs_on(disk.guest):
        text += f" Neither stop {disk.guest.name} nor reboot {host}."
    return _only_elsewhere(
        f"{disk.label} has lost its storage on {host}, and {absent} is away with its data",
        wait(text),
        Runbook(
            "force",
            f"Use what lies on the lost disk of {host}",
            (),
            refused="DRBD gave it up: it lacks all that was written since",
            lifted=f"{absent} answers, and the copies are connected",
        ),
        *states(scene, [disk]),
    )


def _only_elsewhere(title: str, first: Runbook, force: Runbook, *evidence: Evidence) -> Situation:
    return Situation("incomplete", title, Confidence.CERTAIN, evidence, (first, force))


def diskless(scene: Scene) -> Iterator[Situation]:
    """Situation 17: DRBD gave up a disk, and the instance runs over the network."""
    for guest in scene.guests:
        for disk in scene.disks_of(guest):
            for host, _ in disk.minors:
                if without_storage(scene, disk, host):
                    yield _diskless(scene, guest, disk, host)


def _diskless(scene: Scene, guest: Guest, disk: Disk, host: str) -> Situation:
    if scene.primary(guest) == host:
        runbook = _leave_the_disk(scene, guest, disk, host)
    else:
        runbook = _replace(scene, guest, host)
    title = f"{disk.label} has lost its storage on {host}"
    evidence = tuple(states(scene, [disk]))
    return Situation(
        "diskless",
        title,
        Confidence.CERTAIN,
        evidence,
        (runbook, ask_somebody()),
    )


def _replace(scene: Scene, guest: Guest, host: str) -> Runbook:
    """The standby has no disk: nothing is interrupted."""
    words = (
        by_hand(f"Mend mirror and volume group of {host}."),
        instance(scene.command_node, "replace-disks -s", guest.name),
    )
    return Runbook("diskless", f"Go on without the disk of {host}", words)


def _leave_the_disk(scene: Scene, guest: Guest, disk: Disk, host: str) -> Runbook:
    """The primary has no disk: the instance moves to its peer, which has.

    Stopped and started where it is, it would run on its old disk (Ganeti's issue 846).
    """
    master = scene.command_node
    replace = _replace(scene, guest, host)
    words = (
        by_hand(f"Neither stop {guest.name} nor reboot {host}."),
        instance(master, "failover -f", guest.name, Danger.OUTAGE),
        *replace.words,
    )
    peers = [name for name, _ in disk.minors if name != host]
    peer = peers[0] if peers else "the peer"
    minor = minor_of(scene, disk, peer) if peers else None
    if minor is not None and minor.disk == "UpToDate" and minor.cs == "Connected":
        return Runbook(replace.id, replace.title, words)
    refused = f"the copy on {peer} is not whole"
    lifted = "it is Connected and UpToDate"
    return Runbook(
        replace.id,
        replace.title,
        words,
        refused=refused,
        lifted=lifted,
    )
