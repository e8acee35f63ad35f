"""Situation 9: both nodes were down, and one is back alone."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.ways import way
from steps.recover.copies import bound_to, copy_on
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.history import HISTORY
from steps.recover.lastup import OLDER, last_up, older, was_last, window
from steps.recover.moments import moment
from steps.recover.presence import presence
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.refusal import (
    newer_elsewhere,
    power_on_first,
    refusal,
    unheard_witness,
)
from steps.recover.situations.words import by_hand, wait
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def first_back(scene: Scene, alive: str, lost: str) -> Situation:
    """Was it the last one that was up? If not, its peer holds newer data: to start here would make
    the two copies diverge.
    """
    text = orders.newer_first(lost)
    if last_up(scene, alive):
        text = f"Power {lost} on: as soon as both are there, all starts by their vote."
    first = wait(text + power_on_first(scene, lost))
    return Situation(
        "first-back",
        f"both nodes were down, and only {alive} is back",
        Confidence.LIKELY,
        (
            *_told(scene, alive, lost),
            *unheard_witness(scene, lost),
            *presence(scene, lost).signs,
        ),
        (first, _go_on(scene, alive, lost)),
    )


def _told(scene: Scene, alive: str, lost: str) -> Iterator[Evidence]:
    for disk in scene.disks:
        if copy_on(scene, disk, alive) is not None:
            last = was_last(scene, disk, alive)
            state = "was written to here last" if last else "was not primary here"
            yield scene.evidence(GENERATIONS, alive, f"{disk.label} {state}")
    history = scene.read(alive, HISTORY)
    if history is not None and history.ended:
        what = f"its boot before this one ended {moment(history.ended[0])}"
        yield scene.evidence(HISTORY, alive, what)
    for guest in older(scene, alive):
        yield Evidence(HISTORY.name, alive, f"lacks {window(scene, guest, alive, lost)}")


def _go_on(scene: Scene, alive: str, lost: str) -> Runbook:
    override = not last_up(scene, alive)
    up = [guest for guest in scene.guests if guest.state == "up"]
    # What only the other node has whole holds up nobody else.
    ran = [guest for guest in up if not bound_to(scene, guest, lost)] or up
    final = refusal(scene, alive, lost, ran, alone=True)
    # First, as it weighs more than too few readings do: a longer look would not lift it.
    newer = newer_elsewhere(scene, alive)
    if newer.why:
        refused = newer
    elif override and not final.why:
        refused = Refusal(
            f"nothing shows that {alive} was the last one up",
            f"{lost} answers, or somebody vouches for its power and gives up what only {lost} has",
        )
    else:
        refused = refusal(scene, alive, lost, ran)
    title = f"Only when {lost} is without power: go on with {alive} alone"
    if override:
        title = f"Only when {lost} never comes back: go on with the older copies on {alive}"
    return Runbook(
        "first-back",
        title,
        (orders.power_off(lost), *_words(scene, alive, lost, override=override)),
        refused.why,
        refused.lifted,
        by_hand=False,
        claimable=bool(refused.why) and not newer.why and not final.why,
    )


def _words(scene: Scene, alive: str, lost: str, *, override: bool) -> Iterator[Word]:
    name = scene.answers.node(lost).name
    command = f"{way('first-back')} --dead {name} --fenced cables"
    if override:
        command += f" --choose {OLDER}={alive}"
    danger = Danger.DESTROY if override else Danger.OUTAGE
    yield Word(command, danger=danger, command=True)
    if override:
        yield by_hand(
            "It wants each instance's full name typed (--confirm), and says what is lost."
        )
    how = "`alone`" if scene.master == alive else "`master-dead`"
    yield by_hand(f"Or by hand, as in the situation {how}; then look again.")
