"""Two copies that were parted and did not diverge: how they are connected again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import GANETI, Guest
from steps.recover.copies import gate, source_of
from steps.recover.scene import Scene
from steps.recover.situations.watcher import left_to_it
from steps.recover.situations.words import (
    GATE_LIFTED,
    ask_somebody,
    by_hand,
    carried_out,
    freeze,
    instance,
    thaw,
    wait,
)
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def reconnect(scene: Scene, guest: Guest, evidence: tuple[Evidence, ...]) -> Situation:
    """One side has nothing of its own: they can be connected, from the right side."""
    # Ganeti makes its primary Primary without waiting for the handshake: a wrong one would run on
    # old data.
    objections = list(gate(scene, guest))
    text = "The link may only be slow; Ganeti's watcher connects within five minutes."
    first = left_to_it(scene, text, 5)
    if not guest.active:
        text = "Ganeti counts these disks as inactive since it once failed to activate them all: "
        first = wait(f"{text}its watcher leaves them alone, and waiting mends nothing here.", 5)
    if objections:
        first = ask_somebody()
    newer = source_of(scene, guest)
    if objections and newer and newer != scene.primary(guest):
        runbook = _flip(scene, guest, newer)
    else:
        runbook = _connect(scene, guest, objections)
    title = f"the copies of {guest.name} are not connected"
    ways = (first, runbook)
    return Situation("reconnect", title, Confidence.CERTAIN, evidence, ways, not guest.active)


def left_alone(scene: Scene, guest: Guest) -> Situation:
    """Both copies are connected, and Ganeti counts the disks as inactive: its watcher connects none
    of them after the next reboot, and a failover asks none of them (instance_migration.py, 1074).
    """
    what = f"the disks of {guest.name} are inactive by its configuration (disks_active)"
    first = wait("Both copies are connected: it is the next reboot that parts them.", 5)
    return Situation(
        "reconnect",
        f"Ganeti leaves the disks of {guest.name} alone since it failed to activate them all once",
        Confidence.CERTAIN,
        (scene.evidence(GANETI, scene.believed, what),),
        (first, _connect(scene, guest, [])),
        stays=True,
    )


def _connect(scene: Scene, guest: Guest, objections: list[str]) -> Runbook:
    words = (
        *carried_out("reconnect"),
        *freeze(scene.answering),
        orders.connect(scene.command_node, shlex.quote(guest.name)),
        by_hand("Follow /proc/drbd on both nodes until every disk is UpToDate/UpToDate."),
        *thaw(scene.answering),
    )
    refused = "; ".join(objections)
    lifted = GATE_LIFTED if objections else ""
    return Runbook("reconnect", "Connect the copies", words, refused, lifted, by_hand=False)


def _flip(scene: Scene, guest: Guest, newer: str) -> Runbook:
    """The other side is the source of every disk: it becomes Ganeti's primary first."""
    words = (
        *carried_out("reconnect"),
        *freeze(scene.answering),
        *exchange(scene, guest),
        by_hand("Follow /proc/drbd on both nodes until every disk is UpToDate/UpToDate."),
        *thaw(scene.answering),
    )
    title = f"Make {newer} the primary, whose data is newer, then connect the copies"
    return Runbook("reconnect", title, words, by_hand=False)


def exchange(scene: Scene, guest: Guest) -> Iterator[Word]:
    """The primary becomes the secondary, while the instance stands still."""
    master = scene.command_node
    # Without --no-remember the instance would count as stopped on purpose, and stay so if anything
    # came between.
    yield instance(master, "shutdown --no-remember", guest.name, Danger.OUTAGE)
    # A second failover would exchange the primary back: Ganeti does that before all else
    # (instance_migration.py, 1107).
    yield by_hand("Once only: with its disks down this exchanges the primary, and starts it there.")
    yield instance(master, "failover -f", guest.name, Danger.OUTAGE)
