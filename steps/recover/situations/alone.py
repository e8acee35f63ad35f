"""One of two nodes is back, or restarted, without the other: may it start without a vote?"""

from __future__ import annotations

from steps.recover.copies import copy_on
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.generations import GENERATIONS
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations.refusal import newer_elsewhere, refusal
from steps.recover.situations.words import (
    LOOK_AGAIN,
    by_hand,
    carried_out,
    freeze,
    on,
    power_off,
    wait,
)
from wizard.model.recovery import Confidence, Runbook, Situation, Word
from wizard.model.step import Danger

DAEMON = "/usr/lib/ganeti/daemon-util start"


def alone(scene: Scene, alive: str, lost: str) -> Situation:
    """Situation 8: the master restarted while its peer is silent, and wins no vote alone."""
    words = [
        power_off(lost),
        *carried_out("alone", scene.answers.node(lost).name),
        *freeze([alive]),
        on(alive, f"{DAEMON} ganeti-wconfd --no-voting --yes-do-it", Danger.OUTAGE),
        on(alive, f"{DAEMON} ganeti-luxid --no-voting --yes-do-it", Danger.OUTAGE),
        on(alive, f"gnt-node modify -f -O yes {scene.answers.node(lost).name}", Danger.OUTAGE),
        by_hand("Then look again: what ran where is the next question."),
        Word(LOOK_AGAIN, command=True),
    ]
    # First, as it weighs more than too few readings do: a longer look would not lift it.
    refused = newer_elsewhere(scene, alive)
    lifted = f"the configuration of {alive} is the newest of all copies" if refused else ""
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
    first = wait(f"Power {lost} on: as soon as both are there, the daemons start by their vote.")
    running = scene.read(alive, RUNNING)
    what = ""
    if running is not None:
        daemons = ", ".join(running.daemons) or "no daemon"
        what = f"names itself master, and runs {daemons}"
    evidence = (scene.evidence(RUNNING, alive, what), *presence(scene, lost).signs)
    title = f"{alive} restarted alone: its master daemons win no vote without {lost}"
    return Situation(
        "alone",
        title,
        Confidence.LIKELY,
        evidence,
        (first, runbook),
    )


def first_back(scene: Scene, alive: str, lost: str) -> Situation:
    """Situation 9: both nodes were down and one is back. Was it the last one that was up?

    If not, its peer holds newer data: to start here would make the two copies diverge.
    """
    last_up = []
    told = []
    for disk in scene.disks:
        copy = copy_on(scene, disk, alive)
        was = copy is not None and (copy.generation.split_off or copy.generation.primary)
        last_up.append(was)
        if copy is not None:
            state = "was written to here last" if was else "was not primary here"
            told.append(scene.evidence(GENERATIONS, alive, f"{disk.label} {state}"))
    refused = newer_elsewhere(scene, alive)
    if not refused and not (last_up and all(last_up)):
        refused = f"nothing shows that {alive} was the last one up"
    lifted = f"{lost} answers, or every disk was primary on {alive} last" if refused else ""
    words = (
        power_off(lost),
        by_hand(f"Start {alive} as in the situation `alone`, then look again."),
    )
    runbook = Runbook(
        "first-back",
        f"Only when {lost} is without power: go on with {alive} alone",
        words,
        refused,
        lifted,
    )
    first = wait(f"Power {lost} on first: it may hold the newer data.")
    evidence = (*told, *presence(scene, lost).signs)
    title = f"both nodes were down, and only {alive} is back"
    return Situation(
        "first-back",
        title,
        Confidence.LIKELY,
        evidence,
        (first, runbook),
    )
