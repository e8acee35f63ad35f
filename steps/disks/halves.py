"""Halves of a mirror that count further than those that it runs on: what was written last is on
them, and adding one would overwrite it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from steps.disks.facts.md import Array, Md, Member, Superblock
from wizard.model.step import Finding


@dataclass(frozen=True)
class Older:
    """A mirror that runs on the older of its halves: what its newest running half and the newer
    one, which it runs without, say of themselves.
    """

    array: Array
    half: Superblock
    twin: Superblock

    @property
    def what(self) -> str:
        """It in words."""
        return (
            f"{self.array.path} runs on {self.half.path}, which counts to {self.half.events}; "
            f"{self.twin.path}, left out, counts to {self.twin.events} and is newer"
        )

    def finding(self, host: str) -> Finding:
        """It as what forbids to add the newer one."""
        return Finding(
            host,
            what=f"{self.what}: what was written last is there alone, and to add it would "
            "overwrite that",
            mend=f"start the server without the disk of {self.half.path}, so that it runs on the "
            "newer half (`recover diagnose` has the steps); only if what is on "
            f"{self.half.path} is to be kept: mdadm --zero-superblock {self.twin.path}",
        )


def in_sync(member: Member) -> bool:
    """Whether the kernel reads from it (md(4): in_sync, perhaps with write_mostly)."""
    return "in_sync" in member.state.split(",")


def older_halves(md: Md, array: Array) -> Iterator[Older]:
    """Each half that a mirror runs without and that counts further (md(4), event count)."""
    half = _newest_running(md, array)
    if half is None:
        return
    for twin in md.superblocks:
        left_out = twin.uuid == half.uuid and twin.path not in array.paths
        if left_out and twin.events > half.events:
            yield Older(array, half, twin)


def _newest_running(md: Md, array: Array) -> Superblock | None:
    """Of the halves that an array runs on, the superblock that counts furthest."""
    running = []
    for member in array.members:
        block = md.superblock(member.path)
        if in_sync(member) and block is not None:
            running.append(block)
    return max(running, key=lambda block: block.events, default=None)


def parted(md: Md, host: str, paths: tuple[str, ...]) -> Iterator[Finding]:
    """Two halves of one mirror of which each was written to while the other one was out. mdadm
    starts one of them and gives no word about the other (Assemble.c, "as it reports"): to add that
    would overwrite what was written to it alone, whatever its count.
    """
    for one, other in combinations(_superblocks(md, paths), 2):
        together = [a for a in md.arrays if {one.path, other.path} <= set(a.paths)]
        if one.uuid != other.uuid or together:
            continue
        apart = one.misses(other) and other.misses(one)
        if apart or _run_apart(md, one, other):
            yield Finding(
                host,
                what=f"{one.path} and {other.path} are halves of one mirror, and each was written "
                "to without the other: they hold different data",
                mend="find out which of them is to be kept (mdadm --examine tells when each was "
                "written to last; mounted read-only they show what is on them); then, of the other "
                "one: mdadm --stop its array, mdadm --zero-superblock",
            )


def _run_apart(md: Md, one: Superblock, other: Superblock) -> bool:
    """Whether either runs in an array of its own now."""
    first, second = md.holding(one.path), md.holding(other.path)
    if first is None or second is None:
        return False
    return first.active and second.active


def no_mirror(md: Md, host: str, paths: tuple[str, ...]) -> Iterator[Finding]:
    """Members of an array that is no mirror and does not run, as out of a storage box: to start it
    on what is here would make the rest of it out of date.
    """
    for block in _superblocks(md, paths):
        if block.level not in ("", "raid1") and md.holding(block.path) is None:
            yield Finding(
                host,
                what=f"{block.path} belongs to a {block.level} of {block.devices} devices, not to "
                "a mirror",
                mend="choose another disk; when it is of no use, tick it anew in `partition` and "
                f"type its word, or: mdadm --zero-superblock {block.path}",
                step="partition",
            )


def _superblocks(md: Md, paths: tuple[str, ...]) -> list[Superblock]:
    blocks = [md.superblock(path) for path in paths]
    return [block for block in blocks if block is not None]
