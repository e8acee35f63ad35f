"""What became of the copies of an instance: running twice, cut off, diverged, without a disk."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import foreseen, gate, generation_of, minor_of
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.history import FED
from steps.recover.forecast import Outcome
from steps.recover.scene import Disk, Scene
from steps.recover.situations.words import ask_somebody, by_hand, freeze, on, thaw, wait
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger

DIVERGED = (Outcome.DIVERGED, Outcome.DIVERGED_MANUAL, Outcome.UNRELATED, Outcome.BY_CHANCE)


def twice(scene: Scene) -> Iterator[Situation]:
    """Situation 12: one instance runs on two nodes."""
    for guest in scene.guests:
        hosts = scene.runs_on(guest)
        if len(hosts) < 2:
            continue
        evidence = tuple(
            scene.evidence(HYPERVISOR, host, f"{guest.name} runs here") for host in hosts
        )
        primary = scene.primary(guest)
        words = [
            on(host, f"xl pause {guest.name}", Danger.OUTAGE) for host in hosts if host != primary
        ]
        words.append(by_hand("Shut nothing down from inside: that writes. Then look again."))
        title = f"Pause the copy that is not on {primary}, at once"
        runbook = Runbook("twice", title, tuple(words))
        title = f"{guest.name} runs on {' and '.join(hosts)} at once"
        yield Situation("twice", title, Confidence.CERTAIN, evidence, (runbook, ask_somebody()))


def _states(scene: Scene, disks: list[Disk]) -> Iterator[Evidence]:
    for disk in disks:
        for host, number in disk.minors:
            states = scene.read(host, DRBD_STATES)
            minor = states.minor(number) if states else None
            if states is None:
                continue
            told = minor.states if minor else "is down"
            oos = states.oos.get(number, 0)
            told += f", {oos} KiB out of sync" if oos else ""
            yield scene.evidence(DRBD_STATES, host, f"{disk.label} (minor {number}): {told}")
        made = foreseen(scene, disk)
        if made is not None:
            what = f"{disk.label}, when both sides meet: {made} (kernel's rule {made.rule})"
            yield Evidence(GENERATIONS.name, "", what)


def _apart(scene: Scene, disk: Disk) -> bool:
    """Whether both sides answer, and DRBD does not replicate this disk that is or should be up."""
    minors = []
    for host, _ in disk.minors:
        if host not in scene.answering or scene.read(host, DRBD_STATES) is None:
            return False
        minors.append(minor_of(scene, disk, host))
    up = [minor for minor in minors if minor is not None]
    if not up and disk.guest.state != "up":
        # Ganeti takes the disks of an instance down that it stops.
        return False
    return len(up) < 2 or any(minor.cs not in FED for minor in up)


def apart(scene: Scene) -> Iterator[Situation]:
    """Situations 14 and 15: both nodes answer, and the copies are not connected."""
    for guest in scene.guests:
        cut = [disk for disk in scene.disks_of(guest) if _apart(scene, disk)]
        if not cut:
            continue
        evidence = tuple(_states(scene, cut))
        outcomes = [foreseen(scene, disk) for disk in cut]
        if any(made is not None and made.outcome in DIVERGED for made in outcomes):
            yield _split(scene, guest, evidence)
        else:
            yield _reconnect(scene, guest, cut, evidence)


def _reconnect(
    scene: Scene, guest: Guest, cut: list[Disk], evidence: tuple[Evidence, ...]
) -> Situation:
    against = list(gate(scene, guest))
    master = scene.master or scene.believed
    words = (
        *freeze(scene.answering),
        on(master, f"gnt-instance activate-disks --submit {guest.name}"),
        by_hand("Follow /proc/drbd on both nodes until every disk is UpToDate/UpToDate."),
        *thaw(scene.answering),
    )
    refused = "; ".join(against)
    lifted = "every disk is in sync, or has Ganeti's primary for its source" if against else ""
    runbooks = [Runbook("reconnect", "Connect the copies", words, refused, lifted)]
    flip = _flip(scene, guest, cut)
    if flip is not None:
        runbooks.append(flip)
    first = wait("The link may only be slow; Ganeti's watcher connects within five minutes.", 5)
    title = f"the copies of {guest.name} are not connected"
    if against:
        first = ask_somebody()
    return Situation("reconnect", title, Confidence.CERTAIN, evidence, (first, *runbooks))


def _flip(scene: Scene, guest: Guest, cut: list[Disk]) -> Runbook | None:
    """Where the other side is the source of every disk: make it Ganeti's primary first."""
    primary = scene.primary(guest)
    sources = set()
    for disk in cut:
        made = foreseen(scene, disk)
        if made is None or not made.resolves or not made.source:
            return None
        sources.add(made.source)
    if len(sources) != 1 or primary in sources:
        return None
    (source,) = sources
    master = scene.master or scene.believed
    words = (
        *freeze(scene.answering),
        on(master, f"gnt-instance shutdown {guest.name}", Danger.OUTAGE),
        by_hand("Once only: with its disks down this exchanges the primary and nothing else."),
        on(master, f"gnt-instance failover -f {guest.name}", Danger.OUTAGE),
        on(master, f"gnt-instance startup {guest.name}", Danger.OUTAGE),
    )
    title = f"Make {source} the primary, whose data is newer"
    return Runbook("flip", title, words)


def _split(scene: Scene, guest: Guest, evidence: tuple[Evidence, ...]) -> Situation:
    words = (
        *freeze(scene.answering),
        by_hand("Find out for each side who ran the instance when, and what was written there."),
        by_hand("Decide which side's writes are thrown away: one side's are lost for good."),
        by_hand("Before anything connects, snapshot the loser's volumes at their whole size."),
    )
    read_on = Runbook("split-brain", "Freeze, then decide which side is kept", words)
    activate = Runbook(
        "reconnect",
        "Connect the copies",
        (on(scene.master or scene.believed, f"gnt-instance activate-disks {guest.name}"),),
        "both copies were written to: DRBD would refuse, or throw one side's writes away by itself",
        "one side is chosen, and set to be overwritten",
    )
    title = f"the copies of {guest.name} have diverged (split brain)"
    order = (read_on, activate, ask_somebody())
    return Situation("split-brain", title, Confidence.CERTAIN, evidence, order)


def incomplete(scene: Scene) -> Iterator[Situation]:
    """Situation 16: the only copy that is seen is half of a resync."""
    for guest in scene.guests:
        for disk in scene.disks_of(guest):
            seen = [host for host, _ in disk.minors if host in scene.answering]
            if len(seen) != 1:
                continue
            generation = generation_of(scene, disk, seen[0])
            minor = minor_of(scene, disk, seen[0])
            broken = minor is not None and minor.disk == "Inconsistent"
            if not broken and (generation is None or generation.consistent):
                continue
            what = f"{disk.label} is Inconsistent: the source went away during a resync"
            evidence = (scene.evidence(DRBD_STATES, seen[0], what),)
            lost = [host for host, _ in disk.minors if host != seen[0]]
            first = wait(f"Bring {lost[0]} back: only its copy is whole.")
            forced = Runbook(
                "force",
                f"Use the copy on {seen[0]}",
                (),
                "it is half-copied: there is no data in it that can be trusted",
                f"{lost[0]} answers, and the resync ends",
            )
            title = f"the copy of {disk.label} on {seen[0]} is incomplete"
            order = (first, forced)
            yield Situation("incomplete", title, Confidence.CERTAIN, evidence, order)


def diskless(scene: Scene) -> Iterator[Situation]:
    """Situation 17: DRBD gave up a disk, and the instance runs over the network."""
    for guest in scene.guests:
        for disk in scene.disks_of(guest):
            for host, _ in disk.minors:
                minor = minor_of(scene, disk, host)
                if minor is not None and minor.disk in ("Diskless", "Failed"):
                    yield _diskless(scene, guest, disk, host)


def _diskless(scene: Scene, guest: Guest, disk: Disk, host: str) -> Situation:
    evidence = tuple(_states(scene, [disk]))
    peers = [name for name, _ in disk.minors if name != host]
    master = scene.master or scene.believed
    replace = on(master, f"gnt-instance replace-disks -s {guest.name}")
    mend = by_hand(f"Mend mirror and volume group of {host}.")
    words: tuple[Word, ...] = (mend, replace)
    if scene.primary(guest) != host:
        refused = ""
    else:
        failover = on(master, f"gnt-instance failover -f {guest.name}", Danger.OUTAGE)
        words = (by_hand(f"Neither stop {guest.name} nor reboot {host}."), failover, mend, replace)
        peer = minor_of(scene, disk, peers[0]) if peers else None
        whole = peer is not None and peer.disk == "UpToDate" and peer.cs == "Connected"
        refused = "" if whole else f"the copy on {peers[0] if peers else 'the peer'} is not whole"
    lifted = "it is Connected and UpToDate" if refused else ""
    made = Runbook("diskless", f"Go on without the disk of {host}", words, refused, lifted)
    title = f"{disk.label} has lost its storage on {host}"
    return Situation("diskless", title, Confidence.CERTAIN, evidence, (made, ask_somebody()))
