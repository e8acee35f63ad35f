"""Copies that are connected and all the same do not protect: writes are held back, the copying
stands still, or the two sides differ and nothing makes them the same.

`gnt-instance activate-disks` mends none of it, since DRBD has its connection already.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.drbdminors import Minor
from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.replication import copy_anew, differs, get_on, let_write, progress, suspended
from steps.recover.copies import USELESS, minor_of, without_storage
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.scene import Disk, Scene
from steps.recover.situations.apart import is_parted
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger

Found = tuple[Evidence, str]
"""What is seen of a disk on a node, and what is done about it; "" where somebody is asked."""


def uneven(scene: Scene) -> Iterator[Situation]:
    """One situation an instance; what is parted is connected first."""
    for guest in scene.guests:
        if any(is_parted(scene, disk) for disk in scene.disks_of(guest)):
            continue
        found: list[Found] = []
        held = False
        for disk in scene.disks_of(guest):
            for host, minor in _connected(scene, disk):
                held = held or minor.suspended
                found += _of_one(scene, disk, host, minor)
        if found:
            yield _situation(guest, found, held=held)


def _connected(scene: Scene, disk: Disk) -> Iterator[tuple[str, Minor]]:
    """The sides of a disk that see each other, as each has it."""
    for host, _ in disk.minors:
        minor = minor_of(scene, disk, host)
        if minor is not None and minor.peer_role not in ("", "Unknown"):
            yield host, minor


def _of_one(scene: Scene, disk: Disk, host: str, minor: Minor) -> Iterator[Found]:
    """What is wrong by the word of one side; what another situation is about is left to it."""
    at = f"on {host}: "
    if minor.suspended:
        yield _found(scene, disk, host, suspended(minor)), at + let_write(minor, LOOK_AGAIN)
    elif minor.synchronises:
        mend = get_on(minor, "")
        if mend:
            yield _found(scene, disk, host, progress(minor)), at + mend
    elif minor.differs and not minor.verifies:
        yield _found(scene, disk, host, differs(minor)), copy_anew(disk.guest.name)
    elif minor.cs == "Connected" and not minor.healthy and not _bare(scene, disk):
        yield _found(scene, disk, host, f"{minor.states}: nothing is copied"), _anew(scene, disk)


def _bare(scene: Scene, disk: Disk) -> bool:
    """Whether a side has lost its storage: that is a situation of its own."""
    return any(without_storage(scene, disk, host) for host, _ in disk.minors)


def _found(scene: Scene, disk: Disk, host: str, what: str) -> Evidence:
    return scene.evidence(DRBD_STATES, host, f"{disk.label}: {what}")


def _anew(scene: Scene, disk: Disk) -> str:
    """`replace-disks -s` throws the secondary's copy away: only beside a whole one of the primary
    (gnt-instance(8)).
    """
    minor = minor_of(scene, disk, scene.primary(disk.guest))
    if minor is None or minor.disk != "UpToDate" or minor.peer_disk not in USELESS:
        return ""
    return copy_anew(disk.guest.name)


def _situation(guest: Guest, found: list[Found], *, held: bool) -> Situation:
    mends = list(dict.fromkeys(mend for _, mend in found if mend))
    title = f"the copies of {guest.name} are connected, and do not become the same"
    if held:
        title = f"the writes of {guest.name} are held back: it stands still"
    ways = [ask_somebody()]
    if mends:
        words = [Word(f"{mend[0].upper()}{mend[1:]}.", danger=Danger.CHANGE) for mend in mends]
        words.append(Word(LOOK_AGAIN, command=True))
        ways.append(Runbook("uneven", "Let it go on", tuple(words)))
    evidence = tuple(dict.fromkeys(one for one, _ in found))
    return Situation("uneven", title, Confidence.CERTAIN, evidence, tuple(ways))
