"""Situation 20: a server runs on the older half of a mirror, and the newer one is left out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.disks.facts.disk import Disk
from steps.disks.facts.md import MD
from steps.disks.halves import Older
from steps.disks.wording import identified
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, on
from steps.recover.storage.mirrors import Mirrors, mirrors, older_mirrors
from steps.recover.storage.olddata import newest_disk
from wizard.base.names import clause
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def stale_half(scene: Scene) -> Iterator[Situation]:
    """One situation a server. It comes before all that would start or connect anything: copies that
    differ may count as in sync, since DRBD's identifiers lie on the older half as well.
    """
    for host in scene.answering:
        now = mirrors(scene, host)
        older = list(older_mirrors(now)) if now is not None else []
        if now is None or not older:
            continue
        disk = newest_disk(now)
        running = _running(scene, host)
        yield Situation(
            "stale-half",
            f"{host} runs on the older half of a mirror: what it holds is old data",
            Confidence.CERTAIN,
            tuple(_evidence(scene, now, older, disk, running)),
            (_look_first(host, older), _start_anew(now, disk, running), ask_somebody()),
        )


def _running(scene: Scene, host: str) -> tuple[str, ...]:
    hypervisor = scene.read(host, HYPERVISOR)
    return hypervisor.guests if hypervisor is not None else ()


def _evidence(
    scene: Scene, now: Mirrors, older: list[Older], disk: Disk | None, running: tuple[str, ...]
) -> Iterator[Evidence]:
    for mirror in older:
        yield scene.evidence(MD, now.host, mirror.what)
    if disk is not None:
        yield scene.evidence(MD, now.host, f"{identified(disk)} holds what was written last")
    if running:
        what = clause(
            running,
            "runs here, and goes on writing to the old data",
            "run here, and go on writing to the old data",
        )
        yield scene.evidence(HYPERVISOR, now.host, what)


def _look_first(host: str, older: list[Older]) -> Runbook:
    words = []
    for mirror in older:
        halves = shlex.join([mirror.half.path, mirror.twin.path])
        shown = "grep -E '^/dev/|Update Time|Events|Array State'"
        words.append(on(host, f"mdadm --examine {halves} | {shown}", Danger.READ))
    words.append(on(host, "lsblk -o NAME,SIZE,SERIAL,WWN,MODEL,MOUNTPOINTS", Danger.READ))
    words.append(
        by_hand(
            "The half with more Events and the later Update Time was written to last. Note the "
            "serial number of each disk."
        )
    )
    return Runbook(
        "look", "See which half was written to last, and on which disk it is", tuple(words)
    )


def _start_anew(now: Mirrors, disk: Disk | None, running: tuple[str, ...]) -> Runbook:
    refused = Refusal()
    if disk is None:
        refused = Refusal(
            f"no single disk of {now.host} holds the newest half of every mirror",
            "one disk does; ask before anything is powered off",
        )
    return Runbook(
        "stale-half",
        f"Treat {now.host} as holding old data: power it off, and start it with the newer disk",
        tuple(_words(now, disk, running)),
        refused=refused.why,
        lifted=refused.lifted,
    )


def _words(now: Mirrors, disk: Disk | None, running: tuple[str, ...]) -> Iterator[Word]:
    host = now.host
    yield by_hand(
        f"Start no instance on {host}, connect none of its copies, let it vote for no master, add "
        "no disk to its mirrors: each of these spreads the old data, or overwrites the newer."
    )
    if running:
        yield by_hand(
            f"{clause(running, 'runs', 'run')} there. What was written since that start is on the "
            "old data alone, or mixed with it on the other server: ask before you power it off."
        )
    yield Word(f"Power {host} off.", danger=Danger.OUTAGE)
    if disk is not None:
        others = [identified(other) for other in now.disks if _in_a_mirror(now, other, disk)]
        pulled = " and ".join(others) or "the other disks"
        yield by_hand(f"Pull {pulled}, by its serial number; leave {identified(disk)} in.")
    yield by_hand(f"Power {host} on: it starts from the newer half, without a mirror for now.")
    yield by_hand("Look again before the older disk is put in: `disk` then overwrites it.")
    yield Word(LOOK_AGAIN, command=True)


def _in_a_mirror(now: Mirrors, other: Disk, newest: Disk) -> bool:
    """Whether a disk has a half, other than the newest, that a start could take instead."""
    paths = {path for array in now.arrays for path in array.paths}
    return other != newest and any(part.path in paths for part in other.parts)
