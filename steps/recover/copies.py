"""Which copy of an instance's disks is good: the forecast for every disk, and how fresh a lone copy
is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from steps.ganeti.facts.drbdminors import Minor
from steps.ganeti.facts.ganeti import Guest
from steps.recover.clocks import clock, converted
from steps.recover.facts.copies import COPIES
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.generations import GENERATIONS, Generation
from steps.recover.facts.history import FED, HISTORY
from steps.recover.forecast import Copy, Forecast, forecast
from steps.recover.scene import Disk, Scene
from steps.recover.storage.olddata import old_data

GRACE = 120
"""Seconds by which a sign of life may be later than the end of replication: clocks differ, and a
dead link is noticed late.
"""


def minor_of(scene: Scene, disk: Disk, host: str) -> Minor | None:
    """The disk's minor on a node as DRBD has it; None where it is down or was not seen."""
    number = disk.minor_on(host)
    states = scene.read(host, DRBD_STATES)
    return states.minor(number) if states and number is not None else None


def generation_of(scene: Scene, disk: Disk, host: str) -> Generation | None:
    """The identifiers of the disk's copy on a node; None where they could not be read."""
    generations = scene.read(host, GENERATIONS)
    _, metadata = disk.groups
    return generations.get(f"{metadata}/{disk.key}") if generations else None


def copy_on(scene: Scene, disk: Disk, host: str) -> Copy | None:
    """One side of a disk; None where its identifiers could not be read."""
    generation = generation_of(scene, disk, host)
    if generation is None:
        return None
    minor = minor_of(scene, disk, host)
    return Copy(host, generation, primary=minor is not None and minor.role == "Primary")


def without_storage(scene: Scene, disk: Disk, host: str) -> bool:
    """Whether DRBD gave a node's own storage up, and reads and writes over the network."""
    minor = minor_of(scene, disk, host)
    return minor is not None and minor.disk in ("Diskless", "Failed")


USELESS = ("Diskless", "Failed", "Inconsistent", "Outdated")
"""DRBD's states of a local disk that nothing may be started from; others pass by themselves."""


def useless(scene: Scene, disk: Disk, host: str) -> bool:
    """Whether it is known of a copy that it is no whole data, or not the last."""
    minor = minor_of(scene, disk, host)
    if minor is not None and minor.disk in USELESS:
        return True
    return half_copied(scene, disk, host)


def bound_to(scene: Scene, guest: Guest, node: str) -> bool:
    """Whether an instance can run with its data on this node alone: its disks are there only, or
    some copy of them elsewhere is known to be useless. What is not known of a copy is no reason.
    """
    if not scene.mirrored(guest):
        return True
    for disk in scene.disks_of(guest):
        others = [host for host, _ in disk.minors if host != node]
        if any(useless(scene, disk, host) for host in others):
            return True
    return False


def half_copied(scene: Scene, disk: Disk, host: str) -> bool:
    """Whether a copy is half of a resync: by the kernel while the disk is up, by its metadata while
    it is down.
    """
    minor = minor_of(scene, disk, host)
    if minor is not None and minor.disk == "Inconsistent":
        return True
    generation = generation_of(scene, disk, host)
    return generation is not None and not generation.consistent


def foreseen(scene: Scene, disk: Disk) -> Forecast | None:
    """What a connection of both sides would do; None unless both could be read."""
    sides = [copy_on(scene, disk, host) for host, _ in disk.minors]
    copies = [side for side in sides if side is not None]
    if len(copies) != 2:
        return None
    return forecast(*copies)


def gate(scene: Scene, guest: Guest) -> Iterator[str]:
    """Why an instance's disks must not be activated, nor the instance be started; nothing when they
    may. Every disk must be in sync or have Ganeti's own primary for its source.
    """
    primary = scene.primary(guest)
    for host in dict.fromkeys(host for disk in scene.disks_of(guest) for host, _ in disk.minors):
        older = old_data(scene, host)
        if older.why:
            # The identifiers there are as old as the data.
            yield older.why
    for disk in scene.disks_of(guest):
        made = foreseen(scene, disk)
        if made is None:
            yield f"{disk.label}: the identifiers of both copies could not be read"
        elif not made.allows(primary):
            yield f"{disk.label}: {made}; Ganeti's primary is {primary}"


def source_of(scene: Scene, guest: Guest) -> str:
    """The one node that every disk would be copied from that is not in sync; "" without one, or
    where DRBD would not settle every disk by itself.
    """
    sources = set()
    for disk in scene.disks_of(guest):
        made = foreseen(scene, disk)
        if made is None or not made.resolves:
            return ""
        if made.source:
            sources.add(made.source)
    return sources.pop() if len(sources) == 1 else ""


class Freshness(Enum):
    """How a lone copy stands to what its peer did last."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Age:
    """`fed` is when the copy last got what was written, `life` the latest sign of life of its peer
    or of the instance on it (seconds since 1970 by the clock of the node that holds the copy; 0
    unknown), `sign` what that sign was.
    """

    freshness: Freshness
    fed: int = 0
    life: int = 0
    sign: str = ""

    @property
    def behind(self) -> int:
        """By how many seconds it is stale."""
        return max(0, self.life - self.fed) if self.freshness is Freshness.STALE else 0


def age(scene: Scene, disk: Disk, host: str, peer: str) -> Age:
    """How fresh the copy on `host` is, while `peer` is silent."""
    fed = _fed(scene, disk, host)
    lives = []
    for lived, sign in _lives(scene, host, peer):
        if lived is None:
            # It lived at a time that cannot be compared with any of this node's.
            return Age(Freshness.UNKNOWN, fed, sign=sign)
        lives.append((lived, sign))
    life, sign = max(lives, default=(0, ""))
    if not fed or not life:
        return Age(Freshness.UNKNOWN, fed, life, sign)
    stale = fed < life - GRACE
    return Age(Freshness.STALE if stale else Freshness.FRESH, fed, life, sign)


def _fed(scene: Scene, disk: Disk, host: str) -> int:
    minor = minor_of(scene, disk, host)
    number = disk.minor_on(host)
    history = scene.read(host, HISTORY)
    if minor is not None and minor.cs in FED:
        return clock(scene, host) or scene.now
    parted = history.parted(number) if history and number is not None else None
    return parted or 0


def _lives(scene: Scene, host: str, peer: str) -> Iterator[tuple[int | None, str]]:
    """Signs that a silent node lived at some time: what it left elsewhere. By the clock of `host`,
    None where that cannot be told; but what the silent node named by its own clock stays so.
    """
    for place in scene.facts.hosts:
        copies = scene.read(place, COPIES)
        kept = copies.of(peer) if copies else None
        if kept is not None:
            yield kept.time, f"its copy of the configuration on {place}"
        lived = copies.lived(peer) if copies else 0
        if lived:
            yield converted(scene, lived, place, host), f"its hourly sign of life on {place}"
