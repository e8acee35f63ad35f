"""A server of which something lives, for which somebody else answers, or which nobody saw."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.presence import presence, stranger
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, wait
from wizard.model.recovery import Confidence, Runbook, Situation, Standing, Word


def hung(scene: Scene) -> Iterator[Situation]:
    """Situation 6: it lives and does not do its work."""
    for node in scene.nodes:
        host = node.short
        seen = presence(scene, host)
        if seen.state not in (Standing.ALIVE, Standing.PARTIAL) or stranger(scene, host):
            continue
        words = (
            by_hand(f"Look at the console of {host}; a full or failed disk may let it hang."),
            by_hand(
                f"If nothing helps: power {host} off, and leave it off until you looked again."
            ),
        )
        power = Runbook("hung", f"Power {host} off and look again", words)
        title = f"{host} lives and does not answer as it should"
        first = wait(f"{host} may be busy. Move nothing away from a machine that lives.", 5)
        yield Situation("hung", title, Confidence.LIKELY, seen.signs, (first, power))


def strangers(scene: Scene) -> Iterator[Situation]:
    """Situation 30: somebody else answers for a machine's addresses."""
    for node in scene.nodes:
        evidence = stranger(scene, node.short)
        if evidence:
            words = (
                by_hand("Find that machine by its card's address in your switch, and take it off."),
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
