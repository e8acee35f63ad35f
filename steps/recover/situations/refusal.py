"""What forbids a node to go on without its peer, and the reading that would lift that."""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import copy_on, minor_of
from steps.recover.facts.copies import COPIES
from steps.recover.presence import presence
from steps.recover.scene import Scene


def refusal(scene: Scene, alive: str, lost: str, ran: list[Guest]) -> tuple[str, str]:
    """Why a survivor must not take over, and the reading that lifts that; both "" if it may."""
    seen = presence(scene, lost)
    if len(seen.vantages) < 2 or not seen.near:
        places = " and ".join(seen.vantages) or "nowhere"
        lifted = f"a look from {alive} and from the backup host, both without a sign of {lost}"
        return f"{lost} was looked for from {places} only", lifted
    if seen.readings < 3:
        return f"{lost} was read {seen.readings} times only", "three readings without a sign"
    newer = newer_elsewhere(scene, alive)
    if newer:
        return newer, f"the configuration of {alive} is the newest of all copies"
    for guest in ran:
        for disk in scene.disks_of(guest):
            copy = copy_on(scene, disk, alive)
            minor = minor_of(scene, disk, alive)
            if minor is not None and minor.disk not in ("UpToDate", "Consistent"):
                what = f"{disk.label} on {alive} is {minor.disk}"
                return what, f"{disk.label} is UpToDate on {alive}"
            if copy is not None and not copy.complete:
                return f"the copy of {disk.label} on {alive} is incomplete", "repair " + lost
            if copy is None and minor is None:
                what = f"nothing is known of the copy of {disk.label} on {alive}"
                return what, "its state in /proc/drbd or its generation identifiers"
    return "", ""


def newer_elsewhere(scene: Scene, host: str) -> str:
    """Which copy of the configuration outranks that of a node; "" for none."""
    note = scene.takeover
    if note.master and scene.short(note.master) not in ("", host):
        return f"a takeover made {note.master} master: {host} holds an earlier life"
    config = scene.configs.get(host)
    if config is None:
        return f"{host} holds no configuration that can be read"
    for place in scene.facts.hosts:
        copies = scene.read(place, COPIES)
        for kept in copies.newest if copies else ():
            if kept.serial > config.serial:
                theirs = f"{place} has configuration {kept.serial} of {kept.node}"
                return f"{theirs}, {host} has {config.serial}"
    return ""
