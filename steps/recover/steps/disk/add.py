"""Give every mirror its other half, and wait until all of it is copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.disks import raid
from steps.disks.facts.disk import Part
from steps.disks.facts.md import Array, Superblock
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.storage.mirrors import Mirrors
from steps.recover.storage.replacement import Target, is_disk, still_good, target, unfit
from wizard.base.names import clause
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

AGAIN = 'mdadm "$1" --re-add "$2" || mdadm "$1" --add "$2"'
"""A re-add copies what changed meanwhile, by the bitmap; where that does not reach back far enough
it is refused (mdadm(8)), and all of it is copied.
"""
ANEW = 'mdadm --zero-superblock "$2" && mdadm "$1" --add "$2"'
"""What was written to a half alone stands in no bitmap of the other one, and md takes it again by
that bitmap all the same (drivers/md/md.c, super_1_validate), as `--add` does by itself where it
knows the half: two halves that differ would count as one mirror.
"""
FOLLOW = r"""idle=0
while :; do
  left= busy=
  for array do
    read -r missing <"/sys/block/$array/md/degraded"
    [ "$missing" = 0 ] && continue
    left="$left $array"
    read -r action <"/sys/block/$array/md/sync_action"
    case $action in recover|resync) busy=yes ;; esac
  done
  [ -n "$left" ] || exit 0
  if [ -n "$busy" ]; then idle=0; else idle=$((idle + 1)); fi
  [ "$idle" -lt 24 ] || { echo "not whole, and not being copied:$left"; exit 1; }
  grep -oE '(recovery|resync) *= .*' /proc/mdstat | head -n 1
  sleep 5
done"""
"""md(4): degraded, sync_action; a mirror whose turn comes after another one's is "recover" too."""


def lacking(chosen: Target | None) -> list[tuple[Array, Part]]:
    """The mirrors that the new disk has a partition for and is no half of yet."""
    pairs: list[tuple[Array, Part]] = []
    if chosen is None or chosen.disk is None or chosen.now.good is None:
        return pairs
    for array in chosen.now.degraded:
        part = chosen.now.place(array, chosen.now.good, chosen.disk)
        if part is not None and part.path not in array.paths:
            pairs.append((array, part))
    return pairs


def copying(now: Mirrors) -> list[Array]:
    """The mirrors that are being completed."""
    return [array for array in now.degraded if len(array.members) > 1]


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Add what is missing; then wait for all of it."""
    chosen = target(case, scene)
    if chosen is None or chosen.disk is None:
        return
    pairs = lacking(chosen)
    for array, part in pairs:
        guard = f"{is_disk(scene, chosen.host, chosen.disk)} && {still_good(chosen.now, (array,))}"
        yield replace(_add(scene, chosen.now, array, part), guard=guard)
    if pairs:
        return
    names = [array.path.removeprefix("/dev/") for array in copying(chosen.now)]
    if names:
        yield Command(
            chosen.host,
            ("sh", "-c", FOLLOW, "follow", *names),
            "until it is copied, only one half is whole",
            Danger.READ,
            undo="none needed",
            kind=Kind.UNIT,
            title=f"wait until {clause(names, 'has', 'have')} both halves ([UU] in /proc/mdstat)",
            minutes=60,
        )


def _add(scene: Scene, now: Mirrors, array: Array, part: Part) -> Command:
    made = raid.add(now.host, array.path, part)
    block = now.md.superblock(part.path)
    if block is None or block.uuid != now.md.uuid(array):
        return made
    if not _lost_since_the_boot(scene, now.host, block):
        return replace(
            made,
            argv=("sh", "-c", ANEW, "anew", array.path, part.path),
            title=f"mdadm --zero-superblock {part.path} && mdadm {array.path} --add {part.path}",
            why=f"{part.path} was a half of {array.path} before this boot, and may have been "
            "written to alone since: all of it is copied",
        )
    return replace(
        made,
        argv=("sh", "-c", AGAIN, "again", array.path, part.path),
        title=f"mdadm {array.path} --re-add {part.path}, or --add where that does not suffice",
        why=f"{part.path} was a half of {array.path}: what changed meanwhile is copied",
    )


def _lost_since_the_boot(scene: Scene, host: str, block: Superblock) -> bool:
    """Whether a half was in its mirror in this very boot: the server never started from it alone
    then.
    """
    pulse = scene.read(host, PULSE)
    return pulse is not None and block.updated >= pulse.now - pulse.uptime


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Every mirror has both halves; where no new disk is there yet nothing is to be done."""
    chosen = target(case, scene)
    if chosen is None or chosen.disk is None:
        return
    for array in chosen.now.degraded:
        yield Finding(chosen.host, f"{array.path} lacks a half", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "add",
        "Give every mirror its other half",
        "From now on the kernel copies; until it is done, the disk that is left must not fail.",
        "mdadm ARRAY --add PARTITION, in each array, then until all are [UU]",
        plan=plan,
        verify=verify,
        blockers=unfit,
        minutes=60,
    )
