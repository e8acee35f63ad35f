"""What forbids a node to go on without its peer, and the reading that would lift that."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Config, Guest
from steps.recover.copies import copy_on, minor_of
from steps.recover.facts.copies import COPIES, Kept
from steps.recover.facts.lineage import TAKEOVER
from steps.recover.moments import moment
from steps.recover.presence import presence
from steps.recover.refusals import Refusal
from steps.recover.scene import Disk, Scene
from steps.recover.storage.olddata import old_data
from wizard.model.recovery import Evidence

VANTAGES = 2
"""Places that must have looked: one alone may be cut off itself."""
READINGS = 3
"""Readings that each of them must have taken: a lost packet is no death."""
WHOLE = ("UpToDate", "Consistent")
"""DRBD's states of a local disk whose data is of one moment."""


def refusal(
    scene: Scene, alive: str, lost: str, ran: list[Guest], *, alone: bool = False
) -> Refusal:
    """Why a survivor must not take over from a silent node on which `ran` did run.

    `alone`: one place that looked suffices, since a person has seen to the power, and it was looked
    for twice, a minute apart.
    """
    hasty = _looked_too_little(scene, alive, lost, 1 if alone else VANTAGES)
    if hasty.why:
        return hasty
    newer = newer_elsewhere(scene, alive)
    if newer.why:
        return newer
    older = old_data(scene, alive)
    if older.why:
        return older
    for guest in ran:
        for disk in scene.disks_of(guest):
            useless = _useless_copy(scene, disk, alive, lost)
            if useless.why:
                return useless
    return Refusal()


def _looked_too_little(scene: Scene, alive: str, lost: str, places: int) -> Refusal:
    """Silence counts from two places, of which one asked by ARP, which no firewall stops."""
    there = presence(scene, lost)
    if len(there.vantages) < places or not there.near:
        looked = " and ".join(there.vantages) or "nowhere"
        by_arp = "" if there.near else ", and by ARP from nowhere"
        return Refusal(
            f"{lost} was looked for from {looked} only{by_arp}",
            " and ".join(_further_looks(scene, alive, lost, enough=len(there.vantages) >= places)),
        )
    if there.readings < READINGS:
        return Refusal(
            f"{lost} was read {there.readings} times only",
            "three readings without a sign",
        )
    return Refusal()


def _further_looks(scene: Scene, alive: str, lost: str, *, enough: bool) -> Iterator[str]:
    """What would be looked from, by what there is to look from."""
    if not presence(scene, lost).near:
        yield f"a look by ARP from {alive} (arping, on its bridge {scene.answers.bridge.name})"
    if not enough:
        backup = scene.answers.backup_host
        second = "a second machine in the servers' network"
        if backup is not None:
            second = f"the backup host {backup.short}"
        yield (
            f"a look from {second}, without a sign of {lost}, or your word that it is without power"
        )


def _useless_copy(scene: Scene, disk: Disk, alive: str, lost: str) -> Refusal:
    """Ganeti would not stop here: with an offline primary it ignores degraded and missing disks
    (instance_migration.py, 1066).
    """
    copy = copy_on(scene, disk, alive)
    minor = minor_of(scene, disk, alive)
    if minor is not None and minor.disk not in WHOLE:
        return Refusal(
            f"{disk.label} on {alive} is {minor.disk}",
            f"{disk.label} is UpToDate on {alive}",
        )
    if copy is not None and not copy.complete:
        return Refusal(
            f"the copy of {disk.label} on {alive} is incomplete",
            f"repair {lost}",
        )
    if copy is None and minor is None:
        return Refusal(
            f"nothing is known of the copy of {disk.label} on {alive}",
            "its state in /proc/drbd or its generation identifiers",
        )
    return Refusal()


def newer_elsewhere(scene: Scene, host: str) -> Refusal:
    """Which copy of the configuration outranks that of a node."""
    note = scene.takeover
    noted = scene.short(note.master)
    if noted not in ("", host):
        places = [place for place in scene.facts.hosts if note in scene.takeovers(place)]
        return Refusal(
            f"a takeover made {note.master} master ({moment(note.time)}): {host} holds an earlier "
            "life",
            f"{noted} answers; or, if you know that {host} was made master again since, "
            f"{TAKEOVER} is removed from {' and '.join(places)}",
        )
    config = scene.configs.get(host)
    if config is None:
        why = f"{host} holds no configuration that can be read"
        return Refusal(why, f"the configuration of {host} can be read")
    return newer_copy(scene, host, config)


def newer_copy(scene: Scene, host: str, config: Config) -> Refusal:
    """Which archived copy is of a later configuration than a node has."""
    for place in scene.facts.hosts:
        copies = scene.read(place, COPIES)
        if copies is None:
            continue
        for kept in copies.newest:
            if kept.serial > config.serial and not _of_an_earlier_life(scene, host, kept):
                lifted = f"the configuration of {host} is the newest of all copies"
                if kept.node != host:
                    lifted = f"{kept.node} answers, whose configuration is newer"
                theirs = f"{place} has configuration {kept.serial} of {kept.node}"
                return Refusal(f"{theirs}, {host} has {config.serial}", lifted)
    return Refusal()


def _of_an_earlier_life(scene: Scene, host: str, kept: Kept) -> bool:
    """Whether another node made a copy before a takeover made this one master: serials order the
    copies of one master's life only.
    """
    note = scene.takeover
    return kept.node != host and scene.short(note.master) == host and kept.time < note.time


def unheard_witness(scene: Scene, lost: str) -> Iterator[Evidence]:
    """The backup host that does not answer: it alone would know that a node which was up longer had
    taken over, and what a node says of itself that was down meanwhile is from before.
    """
    backup = scene.answers.backup_host
    if backup is not None and scene.read(backup.short, COPIES) is None:
        what = f"does not tell whether {lost} took over or changed the configuration meanwhile"
        yield Evidence(COPIES.name, backup.short, what, scene.now)


def power_on_first(scene: Scene, lost: str) -> str:
    """What to say before the other node: the witness, where it is silent."""
    for unheard in unheard_witness(scene, lost):
        return f" Let {unheard.host} answer before anything else: it knows who led last."
    return ""
