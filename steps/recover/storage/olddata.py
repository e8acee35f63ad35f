"""A server whose mirrors run on an older half: all that lies on them is of an earlier time, though
nothing else shows it. DRBD's identifiers there are as old as the data, so that two copies which
differ may count as in sync.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.disks.facts.disk import Disk
from steps.disks.facts.md import Array
from steps.disks.halves import Older
from steps.recover.clocks import converted
from steps.recover.facts.copies import COPIES
from steps.recover.facts.history import HISTORY
from steps.recover.facts.pulse import PULSE
from steps.recover.moments import moment
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.storage.mirrors import Mirrors, mirrors, older_mirrors

LIFTED = "the server runs on the newer halves"
"""What lifts a refusal by `old_data`."""
UNTOLD = 900
"""Seconds that a journal may lack of what a server did last: journald writes to disk every five
minutes (journald.conf(5), SyncIntervalSec), and clocks differ.
"""


def running_on(scene: Scene, host: str) -> list[Older]:
    """The mirrors of a server that run on an older half while the newer one is in the server."""
    now = mirrors(scene, host)
    return list(older_mirrors(now)) if now is not None else []


def old_data(scene: Scene, host: str) -> Refusal:
    """Why nothing that lies on a server may be gone on with; empty where nothing is known."""
    for older in running_on(scene, host):
        why = f"{older.array.path} of {host} runs on an older half: its data is of an earlier time"
        return Refusal(why, LIFTED)
    return Refusal()


def newest_disk(now: Mirrors) -> Disk | None:
    """The one disk with which the server would run on the newest half of every mirror; None where
    no single one has them.
    """
    newer = {older.array.path: older.twin.path for older in older_mirrors(now)}
    for disk in now.disks:
        if all(_has_newest(now, array, disk, newer) for array in now.arrays):
            return disk
    return None


def _has_newest(now: Mirrors, array: Array, disk: Disk, newer: Mapping[str, str]) -> bool:
    if array.path in newer:
        return newer[array.path] in [part.path for part in disk.parts]
    return now.half(array, disk) is not None


def forgotten(scene: Scene, host: str) -> Iterator[str]:
    """What others saw a server do shortly before this boot, and its own journal does not know: the
    half that it started from may be the older one, with the newer one out of the server. No proof:
    a disk that hung kept the journal from being written as well.
    """
    history = scene.read(host, HISTORY)
    pulse = scene.read(host, PULSE)
    if history is None or pulse is None or not history.ended or not pulse.uptime:
        return
    began = pulse.now - int(pulse.uptime)
    known = history.ended[0]
    for lived, sign in _signs(scene, host):
        if known + UNTOLD < lived < began:
            yield (
                f"the journal before this boot ends {moment(known)}, and {host} lived "
                f"{moment(lived)} ({sign}): what is left may be the older half"
            )


def _signs(scene: Scene, host: str) -> Iterator[tuple[int, str]]:
    """When others saw it alive, by its own clock: what cannot be told by that is left out."""
    for place in scene.facts.hosts:
        copies = scene.read(place, COPIES)
        if copies is None or place == host:
            continue
        kept = copies.of(host)
        if kept is not None:
            # It named the copy itself.
            yield kept.time, f"its copy of the configuration on {place}"
        lived = converted(scene, copies.lived(host), place, host) if copies.lived(host) else None
        if lived:
            yield lived, f"its hourly sign of life on {place}"
    for disk in scene.disks:
        for peer, minor in disk.minors:
            history = scene.read(peer, HISTORY) if peer != host else None
            parted = history.parted(minor) if history and disk.minor_on(host) is not None else None
            seen = converted(scene, parted, peer, host) if parted else None
            if seen:
                yield seen, f"the end of its replication of {disk.label}, by {peer}"
