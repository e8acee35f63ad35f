"""What is left to do on nodes that answer: a start, a broken link, a mirror, the way home, the
service.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.disks.facts.md import MD
from steps.ganeti.facts.ganeti import Guest
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.standing import STANDING
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import gate, minor_of
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, on, wait
from wizard.base.names import short
from wizard.model.recovery import Confidence, Runbook, Situation, Word
from wizard.model.step import Danger

STARTING = 600
"""Seconds after a boot within which nothing is to be done: two rebooted nodes heal by themselves
within five minutes (seen on real machines).
"""


def starting(scene: Scene) -> Iterator[Situation]:
    """Situation 1: a node is still starting."""
    evidence = []
    for host in scene.answering:
        pulse = scene.read(host, PULSE)
        running = scene.read(host, RUNNING)
        if pulse is None:
            continue
        if pulse.system in ("starting", "initializing"):
            evidence.append(scene.evidence(PULSE, host, "the system is still starting"))
        elif running is not None and running.starting:
            evidence.append(scene.evidence(RUNNING, host, "Ganeti's daemons are being started"))
        elif 0 < pulse.uptime < STARTING:
            what = f"is up for {pulse.uptime / 60:.0f} minutes only"
            evidence.append(scene.evidence(PULSE, host, what))
    if evidence:
        hosts = " and ".join(dict.fromkeys(one.host for one in evidence))
        first = wait("A start mends most of what is seen meanwhile. Do nothing.")
        title = f"{hosts} still starts"
        yield Situation("starting", title, Confidence.LIKELY, tuple(evidence), (first,))


def link(scene: Scene) -> Iterator[Situation]:
    """Situation 7: nodes answer the wizard and not each other."""
    evidence = []
    for place in scene.answering:
        view = scene.read(place, PRESENCE)
        for node in scene.nodes:
            heard = view.heard.get(str(node.ip)) if view else None
            if node.short == place or node.short not in scene.answering or heard is None:
                continue
            if not heard.signs:
                what = f"hears nothing of {node.short} at {node.ip}"
                evidence.append(scene.evidence(PRESENCE, place, what))
            elif not heard.pings and not heard.macs:
                what = f"{node.short} at {node.ip}: {', '.join(heard.signs)}, and nothing else"
                evidence.append(scene.evidence(PRESENCE, place, what))
    if evidence:
        words = (
            by_hand("Check cable, switch, bridge and firewall between the nodes."),
            Word(LOOK_AGAIN, command=True),
        )
        mend = Runbook("link", "Mend the network between the nodes", words)
        takeover = Runbook(
            "takeover",
            "Take one node for dead",
            (),
            "both are alive: each would go on writing to its own copy",
            "one of them is without power",
        )
        title = "the nodes answer, and do not hear each other"
        order = (mend, takeover)
        yield Situation("link", title, Confidence.CERTAIN, tuple(evidence), order)


def mirror(scene: Scene) -> Iterator[Situation]:
    """Situation 19: a mirror has lost a half."""
    for host in scene.answering:
        md = scene.read(host, MD)
        evidence = []
        for array in md.arrays if md else ():
            if array.active and array.degraded and array.action != "recover":
                left = [member.path for member in array.members if not member.faulty]
                what = f"{array.path} has lost {array.degraded} of {array.raid_disks} halves"
                what += f"; left: {', '.join(left) or 'nothing'}"
                evidence.append(scene.evidence(MD, host, what))
        if evidence:
            title = f"a mirror of {host} has lost a half"
            yield Situation("disk", title, Confidence.CERTAIN, tuple(evidence), _disk(host))


def _disk(host: str) -> tuple[Runbook, ...]:
    words = (
        on(host, "lsblk -o NAME,SIZE,SERIAL,MODEL,MOUNTPOINTS", Danger.READ),
        on(host, "cat /proc/mdstat", Danger.READ),
        by_hand("Note the serial number of the disk that is left: it holds the only copy here."),
        by_hand("Replace the other one, and look at the serial of what you pull before you pull."),
        by_hand("Then the step `raid` of the build says how its partitions are added."),
    )
    return (Runbook("disk", "Replace the failed disk by its serial number", words),)


def stopped(scene: Scene) -> Iterator[Situation]:
    """An instance that should run, runs nowhere, while everything it needs answers."""
    if len(scene.answering) < len(scene.nodes) or not scene.leading:
        return
    for guest in scene.guests:
        silent = any(_blind(scene, host) for host in scene.answering)
        if guest.state != "up" or silent or scene.runs_on(guest):
            continue
        evidence = tuple(
            scene.evidence(HYPERVISOR, host, f"{guest.name} does not run here")
            for host in scene.answering
        )
        first = wait("Ganeti's watcher starts it within five minutes, five times at most.", 6)
        title = f"{guest.name} should run and runs nowhere"
        startup = _startup(scene, guest)
        yield Situation("stopped", title, Confidence.CERTAIN, evidence, (first, startup))


def _blind(scene: Scene, host: str) -> bool:
    hypervisor = scene.read(host, HYPERVISOR)
    return hypervisor is None or hypervisor.silent


def _startup(scene: Scene, guest: Guest) -> Runbook:
    against = []
    connected = all(
        (minor := minor_of(scene, disk, host)) is not None and minor.healthy
        for disk in scene.disks_of(guest)
        for host, _ in disk.minors
    )
    if not connected:
        against = list(gate(scene, guest))
    words = (
        on(scene.master, f"gnt-instance startup {guest.name}"),
        Word(f"ganeti-wizard unlock {short(guest.name)}", danger=Danger.CHANGE, command=True),
    )
    lifted = "every disk is in sync, or has Ganeti's primary for its source" if against else ""
    return Runbook("startup", f"Start {guest.name}", words, "; ".join(against), lifted)


def elsewhere(scene: Scene) -> Iterator[Situation]:
    """Situation 25: an instance runs on one node, and Ganeti has it on another."""
    for guest in scene.guests:
        hosts = scene.runs_on(guest)
        primary = scene.primary(guest)
        if len(hosts) != 1 or hosts[0] == primary:
            continue
        what = f"{guest.name} runs here, and Ganeti has it on {primary}"
        words = (on(scene.master, f"gnt-instance migrate --cleanup {guest.name}"),)
        away = primary not in scene.answering
        refused = f"{primary} does not answer: it may run there too" if away else ""
        lifted = f"{primary} answers, and does not run it" if away else ""
        runbook = Runbook("cleanup", "Let Ganeti see where it runs", words, refused, lifted)
        title = f"{guest.name} is not where Ganeti has it"
        evidence = (scene.evidence(HYPERVISOR, hosts[0], what),)
        order = (runbook, ask_somebody())
        yield Situation("elsewhere", title, Confidence.CERTAIN, evidence, order)


def home(scene: Scene) -> Iterator[Situation]:
    """Situation 28: all is well, and something is not where the answers have it."""
    if len(scene.answering) < len(scene.nodes) or not scene.master:
        return
    evidence = []
    words = []
    if scene.master != scene.answers.master.short:
        evidence.append(scene.evidence(LINEAGE, scene.master, "is the master"))
        command = "gnt-cluster master-failover"
        words.append(on(scene.answers.master.short, command, Danger.OUTAGE))
    wanted = {guest.name: guest.primary for guest in scene.answers.guests}
    for guest in scene.guests:
        primary = scene.primary(guest)
        if guest.name in wanted and primary != wanted[guest.name]:
            what = f"{guest.name} is on {primary}, and its home is {wanted[guest.name]}"
            evidence.append(scene.evidence(LINEAGE, scene.believed, what))
            command = f"gnt-instance failover -f {guest.name}"
            words.append(on(scene.master, command, Danger.OUTAGE))
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None and running.unvoted:
            what = f"{', '.join(running.unvoted)} runs without a vote since an accident"
            evidence.append(scene.evidence(RUNNING, host, what))
            words.insert(0, on(host, "service ganeti restart"))
    if evidence:
        stay = Runbook("stay", "Leave it: it runs", (by_hand("Move it in a quiet hour."),))
        runbook = Runbook("home", "Bring it home, with a short stop each", tuple(words))
        title = "the cluster is well, and not everything is at home"
        order = (stay, runbook)
        yield Situation("home", title, Confidence.CERTAIN, tuple(evidence), order)


def service(scene: Scene) -> Iterator[Situation]:
    """Situation 29: the instance runs, and its volume is locked or its services stand still."""
    for wanted in scene.answers.guests:
        host = wanted.short
        known = [guest for guest in scene.guests if guest.name == wanted.name]
        if not known or not scene.runs_on(known[0]):
            continue
        error = scene.facts.missing.get(host)
        evidence = []
        if error is not None:
            evidence.append(scene.evidence("ssh", host, f"runs and does not answer: {error.what}"))
        ciphers = scene.read(host, CIPHERS) or ()
        locked = [cipher for cipher in ciphers if not cipher.open and not cipher.swap]
        for cipher in locked:
            what = f"the encrypted volume {cipher.name or cipher.source} is locked"
            evidence.append(scene.evidence(CIPHERS, host, what))
        standing = scene.read(host, STANDING)
        for name, why in standing.failed if standing and not locked else ():
            evidence.append(scene.evidence(STANDING, host, f"{name} {why}"))
        if evidence:
            words = [Word(f"ganeti-wizard unlock {host}", danger=Danger.CHANGE, command=True)]
            if error is not None:
                console = on(scene.master, f"gnt-instance console {wanted.name}", Danger.READ)
                words.insert(0, console)
            runbook = Runbook("service", "Open the volume and start what it protects", tuple(words))
            title = f"{host} runs, and its service does not"
            yield Situation("service", title, Confidence.LIKELY, tuple(evidence), (runbook,))
