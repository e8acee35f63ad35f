"""What the steps of a split brain share: whom it is about, how its copies are asked in a guard."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from steps.ganeti.facts.drbdminors import GANETI_VOLUME, Minor
from steps.ganeti.facts.ganeti import Guest
from steps.recover.copies import generation_of, minor_of
from steps.recover.facts.generations import Generation
from steps.recover.holding import SHUT_DOWN
from steps.recover.planned.obstacles import mute
from steps.recover.scene import Disk, Scene
from steps.recover.steps.common import acting
from steps.recover.victims import Side, chosen, refusal, undecided
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind

LOOK = "ganeti-wizard recover diagnose"
SSH = (
    *("ssh", "-n", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"),
    *("-o", "ConnectTimeout=10"),
)
"""Root's way between the nodes, by the keys that the step `trust` pinned."""


def decided(case: Case, scene: Scene) -> Side | None:
    """What was chosen in this run, as long as anything of it is left to be overwritten."""
    side = chosen(case.chosen, scene)
    if side is None or not undecided(scene, side):
        return None
    return side


def objections(scene: Scene, side: Side) -> Iterator[Finding]:
    """What forbids to go on with this choice."""
    if not acting(scene):
        yield Finding("", "no node acts as master", mend=LOOK)
    if scene.primary(side.guest) not in (side.victim, side.survivor):
        what = f"Ganeti's primary of {side.guest.name} is not known"
        yield Finding("", what, mend=LOOK)
    # What is to stand still there may run.
    yield from mute(scene)
    refused = refusal(scene, side)
    if refused.why:
        yield Finding(side.victim, refused.why, mend=f"until {refused.lifted}")
    for disk in scene.disks_of(side.guest):
        known = [GANETI_VOLUME.fullmatch(volume.name) for volume in volumes(disk)]
        if not all(known):
            # They are to stand in commands.
            what = f"{disk.label} has volumes whose names are not Ganeti's"
            yield Finding("", what, mend=LOOK)


@dataclass(frozen=True)
class Volume:
    """One logical volume."""

    group: str
    name: str

    def __str__(self) -> str:
        """It as LVM's commands take it; below /dev it has the same name."""
        return f"{self.group}/{self.name}"


def volumes(disk: Disk) -> tuple[Volume, Volume]:
    """The logical volumes of a disk, the same on both nodes: data and metadata."""
    data, metadata = disk.groups
    return Volume(data, f"{disk.key}_data"), Volume(metadata, f"{disk.key}_meta")


def minors(scene: Scene, guest: Guest, host: str) -> list[Minor]:
    """The minors of an instance that are up on a node."""
    up = []
    for disk in scene.disks_of(guest):
        minor = minor_of(scene, disk, host)
        if minor is not None:
            up.append(minor)
    return up


def runs(scene: Scene, guest: Guest, host: str) -> bool:
    """Whether an instance runs on a node, held still or not."""
    return host in scene.runs_on(guest)


def shut_down(scene: Scene, guest: Guest, why: str, *, stage: int = 0) -> Command:
    """Stop an instance and take its disks down, so that Ganeti asks no disk before a failover
    (instance_migration.py, 1074). It goes on to count as one that should run.
    """
    return Command(
        scene.master,
        ("gnt-instance", "shutdown", "--no-remember", *SUBMIT, guest.name),
        why,
        Danger.OUTAGE,
        risk=f"{guest.name} stands still until the end of this runbook",
        undo=f"gnt-instance startup {guest.name}",
        kind=Kind.JOB,
        ok=(0, 1),
        stage=stage,
        minutes=2,
    )


def stop_by_hand(scene: Scene, guest: Guest, host: str, *, stage: int = 0) -> Command:
    """Stop an instance that Ganeti does not know of there, from inside: its data is kept."""
    return Command(
        host,
        ("sh", "-c", SHUT_DOWN, "stop-by-hand", guest.name),
        f"it was started on {host} without Ganeti, which cannot take disks that are in use",
        Danger.OUTAGE,
        risk=f"{guest.name} stands still until the end of this runbook",
        undo=f"the runbook starts it on {host} again",
        kind=Kind.UNIT,
        title=f"shut {guest.name} down from inside, and wait until it has ended",
        stage=stage,
        minutes=2,
    )


def parted(scene: Scene, side: Side) -> bool:
    """Whether the side that is given up stands alone: nothing runs there, nothing can connect."""
    if runs(scene, side.guest, side.victim):
        return False
    for minor in minors(scene, side.guest, side.victim):
        if minor.cs != "StandAlone" or minor.role != "Secondary":
            return False
    return True


def _asked(scene: Scene, disk: Disk, host: str) -> tuple[str, Generation | None]:
    """The command that shows a copy's identifiers on its node, and what it showed."""
    number = disk.minor_on(host)
    shown = generation_of(scene, disk, host)
    if shown is not None and shown.attached:
        return f"drbdsetup get-gi {number}", shown
    # While the disk is down the kernel knows nothing: its metadata is read.
    _, metadata = volumes(disk)
    path = shlex.quote(f"/dev/{metadata}")
    return f"drbdmeta {number} v08 {path} flex-external get-gi", shown


def unchanged(scene: Scene, disk: Disk, host: str) -> str:
    """A guard for a node that holds a copy: its identifiers and its completeness are as shown."""
    command, shown = _asked(scene, disk, host)
    if shown is None:
        return "false"
    identifiers = (shown.current, shown.bitmap, *shown.history)
    words = ":".join(f"{identifier:016X}" for identifier in identifiers)
    # After the identifiers comes the first flag: whether the copy is consistent.
    consistent = int(shown.consistent)
    return f"{command} 2>/dev/null | grep -iq '^{words}:{consistent}:'"


def given_up(scene: Scene, disk: Disk, host: str) -> str:
    """A guard for the node whose copy is given up: Secondary and StandAlone, or down, as shown."""
    number = disk.minor_on(host)
    if minor_of(scene, disk, host) is None:
        return f"! grep '^ *{number}: cs:' /proc/drbd 2>/dev/null | grep -vq 'cs:Unconfigured'"
    return f"grep -q '^ *{number}: cs:StandAlone ro:Secondary/' /proc/drbd"


def kept_whole(scene: Scene, disk: Disk, host: str) -> str:
    """A guard for another node: the copy on `host` is as shown, and UpToDate there."""
    number = disk.minor_on(host)
    tests = [unchanged(scene, disk, host)]
    if minor_of(scene, disk, host) is not None:
        tests.append(f"grep -q '^ *{number}: .* ds:UpToDate/' /proc/drbd")
    login = f"root@{scene.answers.node(host).name}"
    script = " && ".join(tests)
    return shlex.join([*SSH, login, script])
