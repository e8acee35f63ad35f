"""Which disk takes the place of the lost half: what there is to choose from, and what was chosen.

A disk goes by what is its own (`steps.disks.overwrite.word`): the kernel gives names like sdb anew
at each boot, and to the next disk that is plugged in.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from steps.disks.facts.disk import Disk
from steps.disks.facts.identity import as_lsblk_prints
from steps.disks.facts.md import Array
from steps.disks.wording import describe, identified
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.storage.mirrors import (
    Mirrors,
    belongs_here,
    leaving,
    mirrors,
    older_mirrors,
    read_errors,
    word_of,
)
from steps.recover.storage.newhalf import candidates, objection
from wizard.answers import Answers
from wizard.model.accident import Case, Choice, Option
from wizard.model.facts import Facts
from wizard.model.step import Finding

CHOICE = "new-disk"
NONE = "none:"
"""Begins the value that says: no new disk is there yet; the server's short name follows."""
LOOK = "ganeti-wizard recover diagnose"


def options(answers: Answers, facts: Facts) -> tuple[Option, ...]:
    """The disks that may take the place of a lost half; none while no mirror lacks one."""
    scene = Scene(answers, facts)
    known: list[Option] = []
    for host in scene.answering:
        now = mirrors(scene, host)
        if now is not None and now.degraded:
            known += offered(scene, now)
    return tuple(known)


def offered(scene: Scene, now: Mirrors) -> Iterator[Option]:
    """What there is to choose from in one server."""
    for disk, refused in candidates(scene, now):
        if not refused:
            yield Option(word_of(scene, now.host, disk), _words(now, disk))
    if any(leaving(now, None)):
        words = f"no new disk is in {now.host} yet: take the lost half out of all its mirrors"
        yield Option(f"{NONE}{now.host}", words)


def _words(now: Mirrors, disk: Disk) -> str:
    what = f"{identified(disk)} in {now.host}"
    if belongs_here(now, disk):
        failed = any(member.faulty for _, member in leaving(now, disk))
        caution = "; it failed, so only where a cable was at fault" if failed else ""
        return f"{what}, whose halves are its own: they are added again{caution}"
    return f"{what}, {describe(disk)}: all on it is overwritten"


NEW_DISK = Choice(CHOICE, "Which disk takes the place of the lost half?", options)


@dataclass(frozen=True)
class Target:
    """The server whose mirrors are completed, and the disk that was chosen; None for no disk."""

    now: Mirrors
    disk: Disk | None

    @property
    def host(self) -> str:
        """The server's short name."""
        return self.now.host


def target(case: Case, scene: Scene) -> Target | None:
    """What was chosen, as it stands now; None where nothing was, or it is not there."""
    value = case.chosen.get(CHOICE, "")
    for host in scene.answering:
        now = mirrors(scene, host)
        if now is None:
            continue
        if value == f"{NONE}{host}":
            return Target(now, None)
        for disk in now.disks:
            if value and word_of(scene, host, disk) == value:
                return Target(now, disk)
    return None


def unfit(case: Case, scene: Scene) -> Iterator[Finding]:
    """Why nothing may be done to the mirrors as they are; nothing where none lacks a half."""
    chosen = target(case, scene)
    if chosen is None:
        if options(scene.answers, scene.facts):
            given = case.chosen.get(CHOICE, "")
            what = f"there is no disk {given}" if given else "no disk was chosen"
            yield Finding("", what, mend=f"--choose {CHOICE}=…; {LOOK} names the disks")
        return
    now = chosen.now
    if not now.degraded:
        return
    if now.good is None:
        yield Finding(now.host, "no single disk holds what is left of the mirrors", mend=LOOK)
        return
    for older in older_mirrors(now):
        # What was written last would be left out for good.
        yield Finding(now.host, older.what, mend=LOOK)
    errors = read_errors(scene, now)
    if errors:
        mend = "let its instances run on the other server, and build this one anew"
        yield Finding(now.host, errors, mend=mend)
    if chosen.disk is not None:
        refused = objection(scene, now, chosen.disk)
        if refused:
            yield Finding(now.host, f"{identified(chosen.disk)}: {refused}", mend=LOOK)


def is_disk(scene: Scene, host: str, disk: Disk) -> str:
    """A guard: the kernel's name still means this very disk."""
    path = shlex.quote(disk.path)
    trim = "sed 's/^ *//; s/ *$//'"
    if disk.id == disk.wwn:
        wwn = shlex.quote(as_lsblk_prints(disk.wwn))
        return f'[ "$(lsblk -dno WWN {path} | {trim})" = {wwn} ]'
    if not disk.anonymous:
        serial = shlex.quote(as_lsblk_prints(disk.serial))
        return f'[ "$(lsblk -dno SERIAL {path} | {trim})" = {serial} ]'
    # Nothing that it shows is its own: within one boot a name stays with its disk.
    pulse = scene.read(host, PULSE)
    boot = shlex.quote(pulse.boot if pulse is not None else "unknown")
    same_size = f'[ "$(lsblk -bdno SIZE {path} | {trim})" = {disk.size} ]'
    return f'[ "$(cat /proc/sys/kernel/random/boot_id)" = {boot} ] && {same_size}'


def unused(disk: Disk) -> str:
    """A guard: nothing of a disk is mounted, and nothing stands on it."""
    path = shlex.quote(disk.path)
    name = disk.name
    holders = f"/sys/class/block/{name}/holders/* /sys/class/block/{name}/{name}*/holders/*"
    # Debian 11's lsblk has no MOUNTPOINTS; where it says nothing at all, nobody knows.
    mounts = f"$(lsblk -nro MOUNTPOINTS {path} || lsblk -nro MOUNTPOINT {path})"
    return (
        f'mounts={mounts} && ! echo "$mounts" | grep -q . && '
        f"! ls -d {holders} 2>/dev/null | grep -q ."
    )


def still_good(now: Mirrors, arrays: tuple[Array, ...]) -> str:
    """A guard: the good half of each of these mirrors is still read from."""
    tests = []
    for array in arrays:
        half = now.half(array, now.good) if now.good else None
        if half is not None:
            name = array.path.removeprefix("/dev/")
            member = half.path.removeprefix("/dev/")
            tests.append(f"grep -q in_sync /sys/block/{name}/md/dev-{member}/state")
    return " && ".join(tests) or "false"
