"""Halves of a mirror that count further than those that it runs on: what was written last is on
them, and adding one would overwrite it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
            what=f"{self.what}: to add it would overwrite what was written last",
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
