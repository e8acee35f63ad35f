"""Both nodes answer, and the two copies of an instance's disks are not connected.

What DRBD will do when they meet is foretold from their generation identifiers: nobody has to try.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import foreseen, minor_of
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.history import FED
from steps.recover.scene import Disk, Scene
from steps.recover.situations.instances import replicated
from steps.recover.situations.parted.split_brain import split_brain
from steps.recover.situations.reconnect import left_alone, reconnect
from steps.recover.victims import diverged
from wizard.model.recovery import Evidence, Situation


def apart(scene: Scene) -> Iterator[Situation]:
    """Situations 14 and 15: both nodes answer, and the copies are not connected. What has diverged
    comes first, since a person has to decide about it.
    """
    for guest in sorted(scene.guests, key=lambda guest: not diverged(scene, guest)):
        parted = [disk for disk in scene.disks_of(guest) if is_parted(scene, disk)]
        if not parted:
            if is_left_alone(scene, guest):
                yield left_alone(scene, guest)
            continue
        evidence = tuple(states(scene, parted))
        if diverged(scene, guest):
            yield split_brain(scene, guest, parted, evidence)
        else:
            yield reconnect(scene, guest, evidence)


def is_left_alone(scene: Scene, guest: Guest) -> bool:
    """Whether Ganeti looks no more after the disks of an instance that should run, though DRBD has
    them connected and whole.
    """
    replicated_disks = bool(scene.disks_of(guest)) and replicated(scene, guest)
    return guest.state == "up" and not guest.active and replicated_disks


def is_parted(scene: Scene, disk: Disk) -> bool:
    """Whether both sides answer, and DRBD does not replicate this disk that is or should be up."""
    minors = []
    for host, _ in disk.minors:
        if host not in scene.answering or scene.read(host, DRBD_STATES) is None:
            return False
        minors.append(minor_of(scene, disk, host))
    up = [minor for minor in minors if minor is not None]
    if not up and disk.guest.state != "up":
        # Ganeti takes the disks of an instance down that it stops.
        return False
    if len(up) < 2:
        return True
    return any(minor.cs not in FED for minor in up)


def states(scene: Scene, disks: list[Disk]) -> Iterator[Evidence]:
    """How the disks stand on both nodes, and what DRBD would do when the sides meet."""
    for disk in disks:
        for host, number in disk.minors:
            seen_states = scene.read(host, DRBD_STATES)
            if seen_states is None:
                continue
            minor = seen_states.minor(number)
            state = minor.states if minor else "is down"
            out_of_sync = seen_states.oos.get(number, 0)
            if out_of_sync:
                state += f", {out_of_sync} KiB out of sync"
            yield scene.evidence(DRBD_STATES, host, f"{disk.label} (minor {number}): {state}")
        forecast = foreseen(scene, disk)
        if forecast is not None:
            what = f"{disk.label}, when both sides meet: {forecast} (kernel's rule {forecast.rule})"
            # A forecast comes from both sides: it has no host of its own.
            yield Evidence(GENERATIONS.name, "", what)
