"""Situation 15: both copies of an instance's disks were written to since they parted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.ways import way
from steps.health.facts.daily import RECORDS
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.history import HISTORY
from steps.recover.facts.paused import PAUSED
from steps.recover.moments import moment
from steps.recover.scene import Disk, Scene
from steps.recover.situations.words import (
    ask_somebody,
    by_hand,
    freeze,
    thaw,
)
from steps.recover.victims import VICTIM, Side, refusal, sides
from wizard.base.names import short
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger

SPANS = 3
"""How many of the latest spans as Primary are told of a disk."""


def split_brain(
    scene: Scene, guest: Guest, parted: list[Disk], states: tuple[Evidence, ...]
) -> Situation:
    """Who ran it when, what differs, what a backup has; and that one side must be given up."""
    connect = Runbook(
        "reconnect",
        "Connect the copies",
        (orders.connect(scene.command_node, shlex.quote(guest.name)),),
        refused=(
            "both copies were written to: DRBD would refuse, or throw one side's writes away by "
            "itself"
        ),
        lifted="one side is chosen, and set to be overwritten",
    )
    return Situation(
        "split-brain",
        f"the copies of {guest.name} have diverged (split brain)",
        Confidence.CERTAIN,
        (*states, *_who_ran_it(scene, guest, parted), *_backups(scene, guest)),
        (ask_somebody(), _decide(scene, guest), connect),
        stays=True,
    )


def _who_ran_it(scene: Scene, guest: Guest, parted: list[Disk]) -> Iterator[Evidence]:
    for host in dict.fromkeys(host for disk in parted for host, _ in disk.minors):
        if host in scene.runs_on(guest):
            held = guest.name in (scene.read(host, PAUSED) or ())
            what = f"{guest.name} runs here" + (", held still" if held else "")
            yield scene.evidence(HYPERVISOR, host, what)
        for disk in parted:
            what = _history(scene, disk, host)
            if what:
                yield scene.evidence(HISTORY, host, f"{disk.label}: {what}")


def _history(scene: Scene, disk: Disk, host: str) -> str:
    """When the copies parted as this node saw it, and when it was Primary."""
    history = scene.read(host, HISTORY)
    number = disk.minor_on(host)
    if history is None or number is None:
        return ""
    told = []
    parted = history.parted(number)
    if parted is not None:
        told.append(f"parted from its peer {moment(parted)}")
    for since, until in history.ran(number)[-SPANS:]:
        end = moment(until) if until else "now"
        told.append(f"Primary here from {moment(since)} to {end}")
    return "; ".join(told)


def _backups(scene: Scene, guest: Guest) -> Iterator[Evidence]:
    """The last backup, by the side that runs now: it has what both sides had until then."""
    host = short(guest.name)
    records = scene.read(host, RECORDS)
    backup = records.found.get("backup") if records else None
    if backup is not None and backup.good:
        what = f"its last good backup is of {moment(backup.good)}"
        yield scene.evidence(RECORDS, host, what)


def _decide(scene: Scene, guest: Guest) -> Runbook:
    ways = list(sides(scene, guest))
    refusals = [refusal(scene, side) for side in ways]
    offered = [side for side, refused in zip(ways, refusals, strict=True) if not refused.why]
    words = [by_hand("Decide whose writes since the parting are thrown away: they are lost.")]
    for side in offered:
        words += _by_program(side)
    # The watcher retries every five minutes, and DRBD may resolve it by itself as soon as both are
    # Secondary: hence the pause before all else.
    words += freeze(scene.answering)
    words += _steps_by_hand(scene, guest)
    words += thaw(scene.answering)
    refused = "" if offered else "; ".join(dict.fromkeys(one.why for one in refusals))
    lifted = "" if offered else "; ".join(dict.fromkeys(one.lifted for one in refusals))
    if not ways:
        refused = "Ganeti does not have it on two servers of the answers"
        lifted = "both servers that hold a copy are known"
    title = "Throw one side's data away, after a snapshot of it"
    return Runbook("split-brain", title, tuple(words), refused, lifted, by_hand=False)


def _by_program(side: Side) -> Iterator[Word]:
    choice = shlex.quote(f"{VICTIM}={side.word}")
    yield by_hand(f"Keep {side.survivor}'s data, throw away {side.victim}'s, by the program:")
    yield Word(
        f"{way('split-brain')} --choose {choice} --confirm {shlex.quote(side.word)}",
        danger=Danger.DESTROY,
        command=True,
    )


def _steps_by_hand(scene: Scene, guest: Guest) -> Iterator[Word]:
    yield by_hand(
        "Or by hand. On the side that is given up: nothing runs there, every minor is Secondary "
        "and StandAlone (drbdsetup disconnect LOCAL REMOTE)."
    )
    # A smaller snapshot runs full in a resync, which writes every block (lvcreate(8)).
    yield by_hand("Snapshot its volumes, data and metadata: lvcreate -s -l 100%ORIGIN.")
    yield by_hand("Then, on that side only: drbdsetup invalidate MINOR, for each disk.")
    yield orders.connect(scene.command_node, shlex.quote(guest.name))
    yield by_hand("Follow /proc/drbd on both nodes until every disk is UpToDate/UpToDate.")
