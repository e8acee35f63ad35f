"""Partition the new disk as the good one is, with identifiers of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.disks.facts.disk import Disk
from steps.disks.overwrite import named
from steps.disks.partition import wipe
from steps.disks.slots import Slot
from steps.disks.wording import describe, identified
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.storage.mirrors import belongs_here, same_table, word_of
from steps.recover.storage.replacement import Target, is_disk, still_good, target, unfit, unused
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

COPY = r"""set -e; good=$1 new=$2
table=$(sfdisk -d "$good"); [ -n "$table" ]
printf '%s\n' "$table" |
  sed -E '/^(label-id|device|last-lba):/d; s/, *uuid=[0-9A-Fa-f-]+//' |
  sfdisk --wipe always --wipe-partitions always "$new"
udevadm settle --timeout=60"""
"""With label-id and uuid= the copy would bear the good disk's own identifiers (sfdisk(8)); last-lba
is the end of the good one, not of the new one.
"""


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """What forbids to go on, and a disk that must not be overwritten."""
    yield from unfit(case, scene)


def lacking(chosen: Target | None) -> bool:
    """Whether the new disk has to be partitioned."""
    if chosen is None or chosen.disk is None or not chosen.now.degraded:
        return False
    return not belongs_here(chosen.now, chosen.disk)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """What is on the disk goes, then it gets the good one's table."""
    chosen = target(case, scene)
    if chosen is None or chosen.disk is None or chosen.now.good is None or not lacking(chosen):
        return
    disk = chosen.disk
    good = chosen.now.good
    guard = " && ".join(
        (
            is_disk(scene, chosen.host, disk),
            is_disk(scene, chosen.host, good),
            unused(disk),
            still_good(chosen.now, chosen.now.degraded),
        )
    )
    given = word_of(scene, chosen.host, disk)
    if not disk.is_blank:
        slot = Slot(
            host=chosen.host,
            disk=disk,
            part=None,
            fresh=True,
            wipe=True,
            room=(0, 0),
            word=given,
        )
        for command in wipe(slot):
            yield replace(command, guard=guard)
    yield _copy(chosen.host, good, disk, given, guard)


def _copy(host: str, good: Disk, disk: Disk, given: str, guard: str) -> Command:
    return Command(
        host,
        ("sh", "-c", COPY, "copy-table", good.path, disk.path),
        f"{disk.path} is partitioned as {good.path} is: {named(given, disk)} was typed",
        Danger.DESTROY,
        risk=f"everything on it is lost: {describe(disk)}",
        undo=f"wipefs --all --force {disk.path}",
        kind=Kind.UNIT,
        confirm=given,
        guard=guard,
        turning=True,
        title=f"sfdisk -d {good.path} | sfdisk {disk.path}, without the identifiers of "
        f"{good.path}, onto {identified(disk)}",
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """The tables are alike, the identifiers are not."""
    chosen = target(case, scene)
    if chosen is None or chosen.disk is None or chosen.now.good is None:
        return
    if lacking(chosen):
        yield Finding(chosen.host, f"{chosen.disk.path} is not partitioned", step=THIS_STEP)
    elif _twins(chosen.now.good, chosen.disk):
        what = f"{chosen.disk.path} bears the identifiers of {chosen.now.good.path}"
        yield Finding(chosen.host, what, mend=f"sfdisk --disk-id {chosen.disk.path} NEW-ID")


def _twins(good: Disk, disk: Disk) -> bool:
    uuids = {part.uuid for part in good.parts if part.uuid}
    shared = any(part.uuid in uuids for part in disk.parts)
    return same_table(good, disk) and (shared or good.label_id == disk.label_id != "")


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "table",
        "Partition the new disk",
        "Each half of a mirror lies in a partition of its own; the new disk gets the same ones as "
        "the disk that is left.",
        "sfdisk -d GOOD | sfdisk NEW, without label-id and uuid=",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=0.3,
    )
