"""A server of which something lives, for which somebody else answers, or which nobody saw."""

from __future__ import annotations

from collections.abc import Iterator

from steps.disks.facts.disks import DISKS
from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.facts.kept import KEPT
from steps.health.facts.daily import BYPASS
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import half_copied
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.copies import COPIES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.hold import HOLDS
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.paused import PAUSED
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.facts.stalled import STALLED
from steps.recover.presence import presence
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, wait
from steps.recover.stranger import stranger
from wizard.base.errors import Reach, WizardError
from wizard.base.names import clause
from wizard.model.recovery import Confidence, Runbook, Situation, Standing, Word
from wizard.model.step import Danger

DECISIVE = (
    *(PULSE, RUNNING, DRBD_STATES, PRESENCE),
    *(HOLDS, GANETI, LINEAGE, BYPASS, JOBS, STALLED, CERTIFICATES, COPIES),
    *(HYPERVISOR, PAUSED, GENERATIONS, REPLICAS, LVM, KEPT, MD, DISKS),
)
"""All that is looked at on a server but its journal, its records, and what a new disk is judged by.
"""


def hung(scene: Scene) -> Iterator[Situation]:
    """Situation 6: it lives and does not do its work."""
    for node in scene.nodes:
        host = node.short
        there = presence(scene, host)
        if there.state not in (Standing.ALIVE, Standing.PARTIAL):
            continue
        if stranger(scene, host) or _refused_login(scene, host) is not None:
            # Situations of their own: neither is a sign that this machine hangs.
            continue
        if only_slow(scene, host):
            continue
        title = f"{host} lives and does not answer as it should"
        first = wait(f"{host} may be busy. Move nothing away from a machine that lives.", 5)
        runbooks = (first, _power_off(scene, host))
        yield Situation(
            "hung",
            title,
            Confidence.LIKELY,
            there.signs,
            runbooks,
        )


def only_slow(scene: Scene, host: str) -> bool:
    """Whether a look was cut off that told all by which anything is decided: a long journal, a bad
    disk beside a good one. What did not come counts as unknown, and forbids nothing else.
    """
    texts = scene.facts.raw.get(host, {})
    return host in scene.facts.cut and all(fact.name in texts for fact in DECISIVE)


def slow(scene: Scene) -> Iterator[Situation]:
    """A server that did not say all in time, and all that counts."""
    for host in scene.answering:
        if only_slow(scene, host):
            signs = presence(scene, host).signs
            title = f"{host} is slow: not all of it could be looked at"
            first = wait(f"{host} may be busy, or one of its disks may be failing.", 5)
            yield Situation("slow", title, Confidence.CERTAIN, signs, (first,))


def _power_off(scene: Scene, host: str) -> Runbook:
    off = f"If nothing helps: power {host} off, and leave it off until you looked again."
    words = (
        by_hand(f"Look at the console of {host}; a full or failed disk may let it hang."),
        Word(off, danger=Danger.OUTAGE),
    )
    refused = _needed(scene, host)
    title = f"Power {host} off and look again"
    return Runbook("hung", title, words, refused.why, refused.lifted)


def _needed(scene: Scene, host: str) -> Refusal:
    """Why a node that hangs must keep its power: nobody could go on without it."""
    others = [node.short for node in scene.nodes if node.short != host]
    away = (Standing.SILENT, Standing.UNSEEN)
    if all(presence(scene, other).state in away for other in others):
        return Refusal(
            f"no other server is there: what still runs on {host} would run nowhere",
            clause(others, "is powered on and answers", "are powered on and answer"),
        )
    for disk in scene.disks:
        if disk.minor_on(host) is None:
            continue
        for other, _ in disk.minors:
            if other != host and half_copied(scene, disk, other):
                return Refusal(
                    f"the copy of {disk.label} on {other} is half of a resync: {host} alone has "
                    "the whole",
                    f"{disk.label} is UpToDate on {other}",
                )
    return Refusal()


def _refused_login(scene: Scene, host: str) -> WizardError | None:
    """The error of a machine that answers and does not let the wizard in: no sign of a fault."""
    error = scene.facts.missing.get(host)
    if error is not None and error.reach in (Reach.LOGIN, Reach.HOST_KEY):
        return error
    return None


def kept_out(scene: Scene) -> Iterator[Situation]:
    """A server answers, and its key or ours is not the known one: nothing is known of its state."""
    for node in scene.nodes:
        host = node.short
        error = _refused_login(scene, host)
        if error is None or stranger(scene, host):
            continue
        words = (
            by_hand(error.mend or error.what),
            Word(LOOK_AGAIN, command=True),
        )
        let_in = Runbook("let-in", f"Let the wizard in at {host}, then look again", words)
        title = f"{host} answers and does not let the wizard in"
        signs = presence(scene, host).signs
        runbooks = (let_in, ask_somebody())
        yield Situation(
            "kept-out",
            title,
            Confidence.CERTAIN,
            signs,
            runbooks,
        )


def strangers(scene: Scene) -> Iterator[Situation]:
    """Situation 30: somebody else answers for a machine's addresses."""
    for node in scene.nodes:
        evidence = stranger(scene, node.short)
        if evidence:
            title = f"another machine answers for the addresses of {node.short}"
            runbooks = (_find_the_stranger(), ask_somebody())
            yield Situation(
                "stranger",
                title,
                Confidence.LIKELY,
                evidence,
                runbooks,
            )


def _find_the_stranger() -> Runbook:
    words = (
        by_hand("Find that machine by its card's address in your switch, and take it off."),
        by_hand("If it is a proxy on your own way there: start this program on a server."),
        Word(LOOK_AGAIN, command=True),
    )
    return Runbook("stranger", "Find who answers, then look again", words)


def unseen(scene: Scene) -> Iterator[Situation]:
    """A server at which nobody could look."""
    for node in scene.nodes:
        there = presence(scene, node.short)
        if there.state is Standing.UNSEEN:
            title = f"nobody could look at {node.short}: that says nothing about it"
            look = wait("Mend the way to it, or start this program where it is reachable.", 1)
            runbooks = (look, ask_somebody())
            yield Situation(
                "unseen",
                title,
                Confidence.CERTAIN,
                there.signs,
                runbooks,
            )
