"""A server of which something lives, for which somebody else answers, or which nobody saw."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.copies import half_copied
from steps.recover.presence import presence
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, wait
from steps.recover.stranger import stranger
from wizard.base.errors import Reach, WizardError
from wizard.model.recovery import Confidence, Runbook, Situation, Standing, Word
from wizard.model.step import Danger


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
        names = " and ".join(others)
        return Refusal(
            f"no other server is there: what still runs on {host} would run nowhere",
            f"{names} is powered on and answers",
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
