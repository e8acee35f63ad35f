"""The master restarted without the other node: may it start without a vote?"""

from __future__ import annotations

from steps.ganeti import orders
from steps.recover.facts.daemons import RUNNING
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations.refusal import (
    newer_elsewhere,
    power_on_first,
    refusal,
    unheard_witness,
)
from steps.recover.situations.words import (
    LOOK_AGAIN,
    by_hand,
    carried_out,
    freeze,
    wait,
)
from wizard.model.recovery import Confidence, Runbook, Situation, Word


def alone(scene: Scene, alive: str, lost: str) -> Situation:
    """Situation 8: the master restarted while its peer is silent, and wins no vote alone."""
    words = [
        orders.power_off(lost),
        *carried_out("alone", scene.answers.node(lost).name),
        *freeze([alive]),
        *orders.lead_alone(alive, scene.answers.node(lost).name),
        by_hand("Then look again: what ran where is the next question."),
        Word(LOOK_AGAIN, command=True),
    ]
    # First, as it weighs more than too few readings do: a longer look would not lift it.
    refused, lifted = newer_elsewhere(scene, alive)
    claimable = False
    if not refused:
        refused, lifted = refusal(scene, alive, lost, [])
        claimable = bool(refused) and not refusal(scene, alive, lost, [], alone=True).why
    runbook = Runbook(
        "alone",
        f"Only when {lost} is without power: start {alive} without a vote",
        tuple(words),
        refused,
        lifted,
        by_hand=False,
        claimable=claimable,
    )
    text = f"Power {lost} on: as soon as both are there, the daemons start by their vote."
    first = wait(text + power_on_first(scene, lost))
    running = scene.read(alive, RUNNING)
    what = ""
    if running is not None:
        daemons = running.words or "no daemon"
        what = f"names itself master, and runs {daemons}"
    evidence = (
        scene.evidence(RUNNING, alive, what),
        *unheard_witness(scene, lost),
        *presence(scene, lost).signs,
    )
    title = f"{alive} restarted alone: its master daemons win no vote without {lost}"
    return Situation(
        "alone",
        title,
        Confidence.LIKELY,
        evidence,
        (first, runbook),
    )
