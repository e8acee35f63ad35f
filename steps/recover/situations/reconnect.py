"""Two copies that were parted and did not diverge: how they are connected again."""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import foreseen, gate
from steps.recover.scene import Disk, Scene
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
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation
from wizard.model.step import Danger


def reconnect(
    scene: Scene, guest: Guest, parted: list[Disk], evidence: tuple[Evidence, ...]
) -> Situation:
    """One side has nothing of its own: they can be connected, from the right side."""
    # Ganeti makes its primary Primary without waiting for the handshake: a wrong one would run on
    # old data.
    objections = list(gate(scene, guest))
    first = wait("The link may only be slow; Ganeti's watcher connects within five minutes.", 5)
    if objections:
        first = ask_somebody()
    runbooks = [first, _connect(scene, guest, objections)]
    flip = _flip(scene, guest, parted)
    if flip is not None:
        runbooks.append(flip)
    title = f"the copies of {guest.name} are not connected"
    return Situation("reconnect", title, Confidence.CERTAIN, evidence, tuple(runbooks))


def _connect(scene: Scene, guest: Guest, objections: list[str]) -> Runbook:
    words = (
        *carried_out("reconnect"),
        *freeze(scene.answering),
        instance(scene.command_node, "activate-disks --submit", guest.name),
        by_hand("Follow /proc/drbd on both nodes until every disk is UpToDate/UpToDate."),
        *thaw(scene.answering),
    )
    refused = "; ".join(objections)
    lifted = GATE_LIFTED if objections else ""
    return Runbook("reconnect", "Connect the copies", words, refused, lifted, by_hand=False)


def _flip(scene: Scene, guest: Guest, parted: list[Disk]) -> Runbook | None:
    """Where the other side is the source of every disk: make it Ganeti's primary first."""
    sources = set()
    for disk in parted:
        forecast = foreseen(scene, disk)
        if forecast is None or not forecast.resolves or not forecast.source:
            return None
        sources.add(forecast.source)
    if len(sources) != 1 or scene.primary(guest) in sources:
        return None
    (source,) = sources
    master = scene.command_node
    words = (
        *freeze(scene.answering),
        instance(master, "shutdown", guest.name, Danger.OUTAGE),
        # A second failover would exchange the primary back: Ganeti does that before all else
        # (instance_migration.py, 1107).
        by_hand("Once only: with its disks down this exchanges the primary and nothing else."),
        instance(master, "failover -f", guest.name, Danger.OUTAGE),
        instance(master, "startup", guest.name, Danger.OUTAGE),
    )
    title = f"Make {source} the primary, whose data is newer"
    return Runbook("flip", title, words)
