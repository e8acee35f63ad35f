"""One node's data mirror as it is, what forbids work on it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from steps.common import apt
from steps.common.sizes import gib
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.md import MD, MDADM_CONF, Array
from steps.disks.layout import EMPTY, MEMBER, array_uuid, is_ours, members
from steps.disks.overwrite import agreed, named, word
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding

CONF = "/etc/mdadm/mdadm.conf"


@dataclass(frozen=True)
class State:
    """One node's data mirror as it is: its partitions, what runs over them, and its UUID, present
    or to be.
    """

    host: str
    pairs: tuple[tuple[Disk, Part], ...]
    running: tuple[Array, ...]
    marked: tuple[str, ...]
    uuid: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Device names of the two partitions."""
        return tuple(part.path for _, part in self.pairs)

    def lacks(self, part: Part) -> bool:
        """Whether the running mirror does not hold this partition: the plan would write to it."""
        return all(part.path not in array.paths for array in self.running)

    @property
    def busy(self) -> tuple[str, ...]:
        """What stands on the running array: it cannot be stopped while there is something."""
        arrays = {array.path for array in self.running}
        found = [h.path for _, part in self.pairs for h in part.holders if h.path not in arrays]
        mounts = [
            mount for _, part in self.pairs for holder in part.holders for mount in holder.mounts
        ]
        return tuple(dict.fromkeys([*found, *mounts]))


def state(answers: Answers, facts: Facts, host: str) -> State:
    """Join disks and superblocks into the state of one node's mirror."""
    md, device = facts.of(host, MD), answers.raid.device
    pairs = members(answers, facts, host)
    running = [array for _, part in pairs if (array := md.holding(part.path))]
    blocks = [block for _, part in pairs if (block := md.superblock(part.path))]
    typed = {
        part.path for disk, part in pairs if agreed(answers, facts, host, disk) and not part.in_use
    }
    kept = [
        block for block in blocks if block.path not in typed or is_ours(answers, facts, host, block)
    ]
    uuid = kept[0].uuid if kept else array_uuid(answers.node(host).name, device, pairs)
    return State(host, pairs, tuple(dict.fromkeys(running)), tuple(b.path for b in kept), uuid)


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Partitions that lack or hold something else, a name that is taken, a failed disk, an array in
    use.
    """
    for node in answers.nodes:
        yield from apt.blockers(facts, node.short, ("mdadm",))
        now = state(answers, facts, node.short)
        if len(now.pairs) < 2:
            yield Finding(
                node.short,
                f"{len(now.pairs)} of 2 data partitions exist",
                "run the step partition first",
            )
            continue
        yield from _content_findings(answers, facts, now)
        yield from _array_findings(answers, facts, now)
    sizes = {part.size for node in answers.nodes for _, part in members(answers, facts, node.short)}
    if len(sizes) > 1:
        text = ", ".join(gib(size) for size in sorted(sizes))
        yield Finding(
            answers.master.short,
            f"the data partitions differ in size: {text}",
            "run the step partition",
        )


def _content_findings(answers: Answers, facts: Facts, now: State) -> Iterator[Finding]:
    md = facts.of(now.host, MD)
    for disk, part in now.pairs:
        if disk.unread and now.lacks(part):
            what = f"{part.path}: the disk could not be read whole: {disk.unread}"
            yield Finding(
                now.host,
                what,
                "look again; when it stays so, replace the disk, or choose another one",
            )
        if (
            part.content == MEMBER
            and md.installed
            and md.superblock(part.path) is None
            and now.lacks(part)
        ):
            what = f"{part.path} belongs to an array, and mdadm cannot read to which"
            yield Finding(
                now.host,
                what,
                f"mdadm --examine {part.path}; when it is of no use: wipefs -a {part.path}",
            )
        if part.content not in EMPTY and not agreed(answers, facts, now.host, disk):
            given = named(word(answers, facts, now.host, disk), disk, "the disk's")
            mend = (
                "save what is needed; then tick the disk anew in `partition` and type "
                f"{given} to have it overwritten"
            )
            yield Finding(now.host, f"{part.path} holds {part.content}", mend)
        if part.mounts:
            yield Finding(
                now.host, f"{part.path} is mounted on {', '.join(part.mounts)}", "unmount it"
            )
    uuids = {block.uuid for path in now.marked if (block := md.superblock(path))}
    if len(uuids) > 1:
        what = f"{' and '.join(now.paths)} belong to two different arrays"
        mend = (
            "in `partition`, tick the disk anew whose old array is to be overwritten, and "
            "type its serial"
        )
        yield Finding(now.host, what, mend)


def _array_findings(answers: Answers, facts: Facts, now: State) -> Iterator[Finding]:
    device, md = answers.raid.device, facts.of(now.host, MD)
    taken = md.array(device)
    if taken and taken not in now.running:
        what = f"{device} is in use for another array, of {', '.join(taken.paths)}"
        yield Finding(now.host, what, "choose another name in raid.device")
    for array in now.running:
        for member in array.members:
            if member.faulty:
                mend = (
                    f"replace the disk; mdadm {array.path} --remove {member.path}; then "
                    "run this step again"
                )
                yield Finding(now.host, f"{member.path} has failed in {array.path}", mend)
        if array.active and array.level != "raid1":
            yield Finding(
                now.host, f"{array.path} is {array.level}, not a mirror", "choose other disks"
            )
        if (
            array.path != device
            and array.active
            and now.busy
            and not _todo_elsewhere(answers, facts, now)
        ):
            what = (
                f"the mirror runs as {array.path} instead of {device} and is in use by "
                f"{', '.join(now.busy)}"
            )
            yield Finding(
                now.host,
                what,
                "reboot this node: the mirror is registered and gets its name at boot",
            )


def _todo_elsewhere(answers: Answers, facts: Facts, now: State) -> bool:
    conf = facts.of(now.host, MDADM_CONF)
    return bool(conf.stale) or not conf.registered(now.uuid, answers.raid.device)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The mirror runs under its name with both halves, is registered, and has one size on all
    nodes.
    """
    sizes: dict[str, int] = {}
    for node in answers.nodes:
        now = state(answers, facts, node.short)
        array = facts.of(node.short, MD).array(answers.raid.device)
        if array is None or not array.active:
            yield Finding(node.short, f"{answers.raid.device} does not run", "run the step raid")
            continue
        sizes[node.short] = array.size
        yield from _complete(now, array)
        conf = facts.of(node.short, MDADM_CONF)
        if not conf.registered(now.uuid, array.path):
            yield Finding(
                node.short, f"{array.path} is not registered once in {CONF}", "run the step raid"
            )
        for version in conf.stale:
            yield Finding(
                node.short, f"the initramfs of {version} is older than {CONF}", "run the step raid"
            )
    if len(set(sizes.values())) > 1:
        text = ", ".join(f"{host} {size >> 10} KiB" for host, size in sizes.items())
        mend = (
            "make the data partitions alike (step partition); the same mdadm version on all nodes"
        )
        yield Finding(answers.master.short, f"the mirrors differ in size: {text}", mend)


def _complete(now: State, array: Array) -> Iterable[Finding]:
    inside = {member.path for member in array.members if not member.faulty}
    for path in now.paths:
        if path not in inside:
            yield Finding(
                now.host, f"{path} is missing in {array.path}", f"mdadm {array.path} --add {path}"
            )
