"""A server that is silent: what ran on it, and whether the other one may go on alone."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import Freshness, age, minor_of
from steps.recover.facts.daemons import RUNNING
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations.alone import alone, first_back
from steps.recover.situations.refusal import refusal
from steps.recover.situations.words import (
    ask_somebody,
    by_hand,
    freeze,
    on,
    power_off,
    thaw,
    unlock,
    wait,
)
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Standing
from wizard.model.step import Danger


def silent(scene: Scene) -> Iterator[Situation]:
    """Situations 2 to 5, 8 and 9: one node is silent, and what that means for the other."""
    lost = [node.short for node in scene.nodes if node.short not in scene.answering]
    quiet = [host for host in lost if presence(scene, host).state is Standing.SILENT]
    for host in quiet:
        if len(scene.answering) == 1 and scene.config is not None:
            yield _lone(scene, scene.answering[0], host)
        elif scene.config is None:
            yield _unreadable(scene, host)
        else:
            yield _dead(scene, scene.master or scene.answering[0], host)


def _unreadable(scene: Scene, host: str) -> Situation:
    title = f"{host} is silent, and no node that answers holds the cluster's configuration"
    seen = presence(scene, host)
    first = wait(f"Power {host} on if it is off, and let it start.")
    return Situation("unknown", title, Confidence.POSSIBLE, seen.signs, (first, ask_somebody()))


def _lone(scene: Scene, alive: str, lost: str) -> Situation:
    """One node of two answers: does it act as the cluster, or was it down as well?"""
    running = scene.read(alive, RUNNING)
    leads = alive in scene.leading
    if scene.master == alive and not leads and running is not None:
        return alone(scene, alive, lost)
    if not leads and not _holds_disks(scene, alive) and scene.guests:
        return first_back(scene, alive, lost)
    return _dead(scene, alive, lost)


def _holds_disks(scene: Scene, host: str) -> bool:
    """Whether any replicated disk is up on a node: none is after a boot."""
    return any(minor_of(scene, disk, host) is not None for disk in scene.disks)


def _dead(scene: Scene, alive: str, lost: str) -> Situation:
    there = [guest for guest in scene.guests if scene.primary(guest) == lost]
    ran = [guest for guest in there if guest.state == "up"]
    was_master = scene.master == lost
    role = "the master " if was_master else ""
    names = ", ".join(guest.name for guest in ran)
    effect = f"{names} ran there" if ran else "no instance ran there"
    identity = _identity(was_master=was_master, ran=bool(ran))
    first = _first(alive, lost, ran=bool(ran), was_master=was_master)
    runbook = _takeover(scene, alive, lost, ran, identity, was_master=was_master)
    evidence = (*presence(scene, lost).signs, *_copies_told(scene, alive, lost, ran))
    title = f"{role}{lost} is silent; {effect}"
    return Situation(identity, title, Confidence.LIKELY, evidence, (first, runbook))


def _identity(*, was_master: bool, ran: bool) -> str:
    if was_master:
        return "master-dead" if ran else "master-idle-dead"
    return "node-dead" if ran else "idle-dead"


def _first(alive: str, lost: str, *, ran: bool, was_master: bool) -> Runbook:
    text = f"Power {lost} on again if it merely stopped, and let it start."
    if not ran:
        text += f" The service runs on {alive}."
        if was_master:
            text += (
                f" Do not reboot {alive}, and do not restart Ganeti there: alone it wins no vote."
            )
    return wait(text)


def _takeover(
    scene: Scene, alive: str, lost: str, ran: list[Guest], identity: str, *, was_master: bool
) -> Runbook:
    node = scene.answers.node(lost)
    words = [power_off(lost), *freeze([alive])]
    if was_master:
        takeover = "gnt-cluster master-failover --no-voting --yes-do-it"
        words.append(on(alive, takeover, Danger.OUTAGE))
    words.append(on(alive, f"gnt-node modify -f -O yes {node.name}", Danger.OUTAGE))
    for guest in ran:
        command = f"gnt-instance failover -f {guest.name}"
        words.append(by_hand(f"Once only, while Ganeti has {guest.name} on {lost}:"))
        words.append(on(alive, command, Danger.OUTAGE))
    words += unlock(guest.name.partition(".")[0] for guest in ran)
    words += thaw([alive])
    refused, lifted = refusal(scene, alive, lost, ran)
    title = f"Only when {lost} is without power: go on with {alive} alone"
    return Runbook(identity, title, tuple(words), refused, lifted)


def _copies_told(scene: Scene, alive: str, lost: str, ran: list[Guest]) -> Iterator[Evidence]:
    for guest in ran:
        for disk in scene.disks_of(guest):
            minor = minor_of(scene, disk, alive)
            if minor is not None:
                yield scene.evidence("drbd-states", alive, f"{disk.label}: {minor.states}")
            known = age(scene, disk, alive, lost)
            what = f"{disk.label}: the copy on {alive} is {known.freshness.value}"
            if known.freshness is Freshness.STALE:
                what += f" by {known.behind // 60} min: {known.sign} is later than its last feeding"
            elif known.freshness is Freshness.UNKNOWN:
                what += ": UpToDate is no proof of it; type the failover only if that is accepted"
            yield Evidence("history", alive, what, known.fed)
