"""A server of which something lives, for which somebody else answers, or which nobody saw."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.presence import presence, stranger
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, wait
from wizard.base.errors import Reach, WizardError
from wizard.model.recovery import Confidence, Runbook, Situation, Standing, Word
from wizard.model.step import Danger


def hung(scene: Scene) -> Iterator[Situation]:
    """Situation 6: it lives and does not do its work."""
    for node in scene.nodes:
        host = node.short
        seen = presence(scene, host)
        if seen.state not in (Standing.ALIVE, Standing.PARTIAL) or stranger(scene, host):
            continue
        if _kept_out(scene, host) is not None:
            continue
        off = f"If nothing helps: power {host} off, and leave it off until you looked again."
        words = (
            by_hand(f"Look at the console of {host}; a full or failed disk may let it hang."),
            Word(off, danger=Danger.OUTAGE),
        )
        power = Runbook("hung", f"Power {host} off and look again", words)
        title = f"{host} lives and does not answer as it should"
        first = wait(f"{host} may be busy. Move nothing away from a machine that lives.", 5)
        yield Situation("hung", title, Confidence.LIKELY, seen.signs, (first, power))


def _kept_out(scene: Scene, host: str) -> WizardError | None:
    """The error of a machine that answers and does not let the wizard in: no sign of a fault."""
    error = scene.facts.missing.get(host)
    kept_out = error is not None and error.reach in (Reach.LOGIN, Reach.HOST_KEY)
    return error if kept_out else None


def kept_out(scene: Scene) -> Iterator[Situation]:
    """A server answers, and its key or ours is not the known one: nothing is known of its state."""
    for node in scene.nodes:
        error = _kept_out(scene, node.short)
        if error is None or stranger(scene, node.short):
            continue
        words = (by_hand(error.mend or error.what), Word(LOOK_AGAIN, command=True))
        runbook = Runbook("let-in", f"Let the wizard in at {node.short}, then look again", words)
        title = f"{node.short} answers and does not let the wizard in"
        signs = presence(scene, node.short).signs
        order = (runbook, ask_somebody())
        yield Situation("kept-out", title, Confidence.CERTAIN, signs, order)


def strangers(scene: Scene) -> Iterator[Situation]:
    """Situation 30: somebody else answers for a machine's addresses."""
    for node in scene.nodes:
        evidence = stranger(scene, node.short)
        if evidence:
            words = (
                by_hand("Find that machine by its card's address in your switch, and take it off."),
                by_hand("If it is a proxy on your own way there: start this program on a server."),
                Word(LOOK_AGAIN, command=True),
            )
            runbook = Runbook("stranger", "Find who answers, then look again", words)
            title = f"another machine answers for the addresses of {node.short}"
            yield Situation(
                "stranger", title, Confidence.LIKELY, evidence, (runbook, ask_somebody())
            )


def unseen(scene: Scene) -> Iterator[Situation]:
    """A server at which nobody could look."""
    for node in scene.nodes:
        seen = presence(scene, node.short)
        if seen.state is Standing.UNSEEN:
            title = f"nobody could look at {node.short}: that says nothing about it"
            look = wait("Mend the way to it, or start this program where it is reachable.", 1)
            yield Situation("unseen", title, Confidence.CERTAIN, seen.signs, (look, ask_somebody()))
