"""One node's data mirror as it is."""

from __future__ import annotations

from dataclasses import dataclass

from steps.disks.facts.disk import Disk, Holder, Part, mounts_on
from steps.disks.facts.md import MD, Array, Superblock
from steps.disks.layout import array_uuid, is_ours, members
from steps.disks.overwrite import agreed
from wizard.answers import Answers
from wizard.model.facts import Facts


@dataclass(frozen=True)
class Mirror:
    """One node's data mirror as it is."""

    host: str
    pairs: tuple[tuple[Disk, Part], ...]
    """Its partitions, each with its disk."""
    running: tuple[Array, ...]
    """What runs over them: one array at most, unless they are of two different ones."""
    marked: tuple[str, ...]
    """The partitions whose superblock counts: nobody agreed to have it overwritten."""
    uuid: str
    """The mirror's UUID, present or to be."""
    metadata: str
    """The version of its superblocks, present or to be."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Device names of the two partitions."""
        return tuple(part.path for _, part in self.pairs)

    def lacks(self, part: Part) -> bool:
        """Whether the running mirror does not hold this partition: the plan would write to it."""
        held: set[str] = set()
        for array in self.running:
            held.update(array.paths)
        return part.path not in held

    @property
    def busy(self) -> tuple[str, ...]:
        """What stands on the running array: it cannot be stopped while there is something."""
        arrays = {array.path for array in self.running}
        holders: list[Holder] = []
        for _, part in self.pairs:
            holders += part.holders
        users = [holder.path for holder in holders if holder.path not in arrays]
        users += mounts_on(holders)
        return tuple(dict.fromkeys(users))


def mirror(answers: Answers, facts: Facts, host: str) -> Mirror:
    """Join disks and superblocks into the state of one node's mirror."""
    md = facts.of(host, MD)
    pairs = members(answers, facts, host)
    running: list[Array] = []
    kept: list[Superblock] = []
    for disk, part in pairs:
        array = md.holding(part.path)
        if array and array not in running:
            running.append(array)
        block = md.superblock(part.path)
        if block and not _given_up(answers, facts, host, disk, part, block):
            kept.append(block)
    new_uuid = array_uuid(answers.node(host).name, answers.raid.device, pairs)
    return Mirror(
        host=host,
        pairs=pairs,
        running=tuple(running),
        marked=tuple(block.path for block in kept),
        uuid=kept[0].uuid if kept else new_uuid,
        metadata=_metadata(running, kept),
    )


def _metadata(running: list[Array], kept: list[Superblock]) -> str:
    """The version of the superblocks: of an older mirror as it is, else 1.2 as `raid` makes it.

    mdadm assembles no array of another version than its line in mdadm.conf names.
    """
    known = [array.metadata for array in running if array.metadata]
    known += [block.metadata for block in kept if block.metadata]
    return known[0] if known else "1.2"


def _given_up(
    answers: Answers, facts: Facts, host: str, disk: Disk, part: Part, block: Superblock
) -> bool:
    """Whether the operator agreed to have this superblock overwritten, and it is not our own."""
    typed = agreed(answers, facts, host, disk) and not part.in_use
    return typed and not is_ours(answers, facts, host, block)
