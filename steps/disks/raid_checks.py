"""What forbids work on a node's data mirror, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import apt
from steps.common.sizes import gib
from steps.disks.facts.disk import Part
from steps.disks.facts.md import MD, Array
from steps.disks.facts.mdconf import MDADM_CONF
from steps.disks.halves import Older, in_sync, no_mirror, older_halves, parted
from steps.disks.layout import EMPTY, MEMBER, members
from steps.disks.mirror import Mirror, mirror
from steps.disks.overwrite import agreed, named, word
from steps.disks.registration import left_out, unregistered
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Finding

MIRROR_HALVES = 2
"""Halves of which a data mirror is made."""


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Partitions that lack or hold something else, a name that is taken, a failed disk, an array in
    use.
    """
    for node in answers.nodes:
        yield from apt.blockers(facts, node.short, ("mdadm",))
        now = mirror(answers, facts, node.short)
        present = len(now.pairs)
        if present < 2:
            yield Finding(
                node.short,
                what=f"{present} of 2 data partitions exist",
                step="partition",
            )
            continue
        yield from _content_findings(answers, facts, now)
        yield from _superblock_findings(facts, now)
        yield from _whole_without(answers, now)
        yield from _array_findings(answers, facts, now)
        md = facts.of(node.short, MD)
        yield from parted(md, node.short, now.marked)
        yield from no_mirror(md, node.short, now.marked)
        for older in _newer_left_out(facts, now):
            yield older.finding(node.short)
        yield from left_out(node.short, facts.of(node.short, MDADM_CONF), now.paths)
    sizes = set()
    for node in answers.nodes:
        for _, part in members(answers, facts, node.short):
            sizes.add(part.size)
    if len(sizes) > 1:
        in_words = [gib(size) for size in sorted(sizes)]
        listed = ", ".join(in_words)
        yield Finding(
            answers.first.short,
            what=f"the data partitions differ in size: {listed}",
            step="partition",
        )


def _content_findings(answers: Answers, facts: Facts, now: Mirror) -> Iterator[Finding]:
    for disk, part in now.pairs:
        if not part.seen and now.lacks(part):
            # What wipefs saw there is that of other sectors, or nothing at all.
            yield Finding(
                now.host,
                what=f"the kernel does not know {part.path} as the partition table has it",
                step="partition",
            )
        if disk.unread and now.lacks(part):
            yield Finding(
                now.host,
                what=f"{part.path}: the disk could not be read whole: {disk.unread}",
                mend="look again; when it stays so, replace the disk, or choose another one",
            )
        if _unreadable_member(facts, now, part):
            yield Finding(
                now.host,
                what=f"{part.path} belongs to an array, and mdadm cannot read to which",
                mend=f"mdadm --examine {part.path}; when it is of no use: wipefs -a {part.path}",
            )
        if part.content not in EMPTY and not agreed(answers, facts, now.host, disk):
            given = named(word(answers, facts, now.host, disk), disk, "the disk's")
            yield Finding(
                now.host,
                what=f"{part.path} holds {part.content}",
                mend="save what is needed; then tick the disk anew in `partition` and type "
                f"{given} to have it overwritten",
                step="partition",
            )
        if part.mounts:
            yield Finding(
                now.host,
                what=f"{part.path} is mounted on {', '.join(part.mounts)}",
                mend="unmount it",
            )


def _unreadable_member(facts: Facts, now: Mirror, part: Part) -> bool:
    """Whether wipefs sees a member of an array and mdadm does not: the plan would overwrite it."""
    md = facts.of(now.host, MD)
    if not md.installed or part.content != MEMBER:
        return False
    return md.superblock(part.path) is None and now.lacks(part)


def _superblock_findings(facts: Facts, now: Mirror) -> Iterator[Finding]:
    md = facts.of(now.host, MD)
    uuids = set()
    for path in now.marked:
        block = md.superblock(path)
        if block:
            uuids.add(block.uuid)
    if len(uuids) > 1:
        yield Finding(
            now.host,
            what=f"{' and '.join(now.paths)} belong to two different arrays",
            mend="in `partition`, tick the disk anew whose old array is to be overwritten, and "
            "type its serial",
            step="partition",
        )


def _whole_without(answers: Answers, now: Mirror) -> Iterator[Finding]:
    """A chosen partition that the mirror has no place for: it would become a spare, and what is in
    it be lost for nothing.
    """
    for array in now.running:
        members = [member.path for member in array.members if in_sync(member)]
        is_whole = array.path == answers.raid.device and len(members) >= MIRROR_HALVES
        for _, part in now.pairs:
            if is_whole and now.lacks(part):
                yield Finding(
                    now.host,
                    what=f"{array.path} has both its halves, {' and '.join(members)}, and "
                    f"{part.path} is none of them",
                    mend=f"choose the disks of these two in partition.disks.{now.host}",
                    step="partition",
                )


def _newer_left_out(facts: Facts, now: Mirror) -> Iterator[Older]:
    """The halves that the mirror runs without and that were written to after those that it has, on
    whatever disk: with any other half it would only go on from old data.
    """
    for array in now.running:
        yield from older_halves(facts.of(now.host, MD), array)


def _array_findings(answers: Answers, facts: Facts, now: Mirror) -> Iterator[Finding]:
    device = answers.raid.device
    taken = facts.of(now.host, MD).array(device)
    if taken and taken not in now.running:
        yield Finding(
            now.host,
            what=f"{device} is in use for another array, of {', '.join(taken.paths)}",
            mend="choose another name in raid.device",
        )
    for array in now.running:
        yield from _failed_members(now.host, array)
        if array.state == "broken":
            yield Finding(
                now.host,
                what=f"{array.path} is broken: its last half has failed too",
                mend="stop nothing before dmesg and smartctl tell why; a cable or the power may be "
                f"at fault, then: mdadm --stop {array.path}; mdadm --assemble --scan",
            )
        if array.active and array.level != "raid1":
            yield Finding(
                now.host,
                what=f"{array.path} is {array.level}, not a mirror",
                mend="choose other disks",
            )
        misnamed = array.path != device and array.active
        if misnamed and now.busy and _registered(answers, facts, now):
            yield Finding(
                now.host,
                what=f"the mirror runs as {array.path} instead of {device} and is in use by "
                f"{', '.join(now.busy)}",
                mend="reboot this node: the mirror is registered and gets its name at boot",
            )


def _failed_members(host: str, array: Array) -> Iterator[Finding]:
    for member in array.members:
        if member.faulty:
            yield Finding(
                host,
                what=f"{member.path} has failed in {array.path}",
                mend=f"replace the disk; mdadm {array.path} --remove {member.path}",
                step=THIS_STEP,
            )


def _registered(answers: Answers, facts: Facts, now: Mirror) -> bool:
    """Whether a boot would bring the mirror up under its name: all is written for that."""
    conf = facts.of(now.host, MDADM_CONF)
    return not conf.stale and conf.registered(now.uuid, answers.raid.device)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The mirror runs under its name with both halves, is registered, and has one size on all
    nodes.
    """
    sizes: dict[str, int] = {}
    for node in answers.nodes:
        array = facts.of(node.short, MD).array(answers.raid.device)
        if array is None or not array.active:
            yield Finding(
                node.short,
                what=f"{answers.raid.device} does not run",
                step=THIS_STEP,
            )
            continue
        sizes[node.short] = array.size
        now = mirror(answers, facts, node.short)
        yield from _missing_members(facts, now, array)
        yield from _waiting_members(now, array)
        conf = facts.of(node.short, MDADM_CONF)
        yield from unregistered(node.short, conf, now.uuid, array.path)
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{host} {size // 1024} KiB" for host, size in sizes.items())
        yield Finding(
            answers.first.short,
            what=f"the mirrors differ in size: {listed}",
            mend="install the same version of mdadm on all nodes, make the data partitions alike",
            step="partition",
        )


def _missing_members(facts: Facts, now: Mirror, array: Array) -> Iterator[Finding]:
    working = {member.path for member in array.members if not member.faulty}
    newer = {older.twin.path: older for older in _newer_left_out(facts, now)}
    for path in now.paths:
        if path in newer:
            yield newer[path].finding(now.host)
        elif path not in working:
            yield Finding(
                now.host,
                what=f"{path} is missing in {array.path}",
                mend=f"mdadm {array.path} --add {path}",
            )


def _waiting_members(now: Mirror, array: Array) -> Iterator[Finding]:
    """Halves that nothing is copied to: an array that only reads, or is frozen, waits (md(4))."""
    if not array.degraded or array.action not in ("idle", "frozen", ""):
        return
    for member in array.members:
        if member.path in now.paths and "spare" in member.state:
            yield Finding(
                now.host,
                what=f"{member.path} is in {array.path} and nothing is copied to it "
                f"({array.state}, {array.action or 'idle'})",
                mend=f"mdadm --readwrite {array.path}; "
                f"echo idle >/sys/block/{array.path.rpartition('/')[2]}/md/sync_action; "
                "cat /proc/mdstat",
            )
