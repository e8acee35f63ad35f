"""Row 2 of the article: the second mirror, registered so that every boot brings it up under its own
name.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import apt, initramfs
from steps.common.edit import with_lines
from steps.common.sizes import gib
from steps.disks.facts.contents import TABLES
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.md import MD, Array
from steps.disks.facts.mdconf import MDADM_CONF
from steps.disks.layout import FACTS
from steps.disks.mirror import Mirror, mirror
from steps.disks.overwrite import named, word
from steps.disks.raid_checks import blockers, verify
from steps.disks.registration import CONF
from wizard.answers import Answers, Raid
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Kind, Step
from wizard.model.write import write_file


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Register the mirror, put that into the initramfs, then create it or bring it up, and complete
    it.

    The UUID is known before the mirror exists, so it is registered first: at whatever moment the
    power goes, it comes up under its own name; and the initramfs is made before the first
    synchronisation slows the disks.
    """
    for node in answers.nodes:
        yield from apt.install(facts, node.short, ("mdadm",), "the tool that makes mirrors")
        if not facts.of(node.short, MD).installed:
            continue
        now = mirror(answers, facts, node.short)
        yield from _register(answers, facts, now)
        yield from _assemble(answers, facts, now)


def _assemble(answers: Answers, facts: Facts, now: Mirror) -> Iterator[Command]:
    device = answers.raid.device
    right = [array for array in now.running if array.path == device and array.active]
    if not right and now.busy:
        # It runs under another name and cannot be stopped: registered, it gets its own at boot.
        return
    inside = right[0].paths if right else now.marked
    lacking = [(disk, part) for disk, part in now.pairs if part.path not in inside]
    if not now.marked:
        # What was given up may stand still in an array of its own, which holds it all the same.
        for array in now.running:
            if not array.active:
                yield _stop(now.host, array, device)
    for disk, part in lacking:
        if part.content and part.path not in now.marked:
            yield _erase(now.host, disk, part, word(answers, facts, now.host, disk))
    if not right and not now.marked:
        yield _create(answers, now)
        return
    if not right:
        for array in now.running:
            yield _stop(now.host, array, device)
        yield _bring_up(now, device)
    for _, part in lacking:
        yield add(now.host, device, part)


def _erase(host: str, disk: Disk, part: Part, given: str) -> Command:
    # Without --force wipefs leaves a partition table in a partition alone (wipefs(8)).
    force = ("--force",) if part.content in TABLES else ()
    return Command(
        host,
        ("wipefs", "--all", *force, part.path),
        f"remove the old signature ({part.content}) from {part.path}: {named(given, disk)} "
        "was typed",
        danger=Danger.DESTROY,
        risk=f"what was stored in {part.path} ({gib(part.size)}, {part.content}) is lost",
        undo="none: restore from a backup",
        kind=Kind.UNIT,
        confirm=given,
    )


def _create(answers: Answers, now: Mirror) -> Command:
    device = answers.raid.device
    options = (
        "--level=1",
        "--raid-devices=2",
        "--metadata=1.2",
        "--bitmap=internal",
        f"--uuid={now.uuid}",
        "--run",
    )
    return Command(
        now.host,
        ("mdadm", "--create", device, *options, *now.paths),
        "the mirror for the instances' disks; the bitmap keeps a resynchronisation after a "
        "power cut short",
        risk=(
            f"overwrites the start of {' and '.join(now.paths)}, which are empty; then "
            "copies in the background"
        ),
        undo=(
            f"mdadm --stop {device} && mdadm --zero-superblock {' '.join(now.paths)}, "
            "which loses what was stored in it since"
        ),
        kind=Kind.UNIT,
        minutes=0.5,
    )


def _stop(host: str, array: Array, device: str) -> Command:
    condition = "under a wrong name" if array.active else "half assembled"
    return Command(
        host,
        ("mdadm", "--stop", array.path),
        f"the mirror is {condition}: stop it, to bring it up as {device}",
        risk="nothing uses it; its data stays on the disks",
        undo="mdadm --assemble --scan",
    )


def _bring_up(now: Mirror, device: str) -> Command:
    return Command(
        now.host,
        ("mdadm", "--assemble", "--run", device, *now.marked),
        f"the mirror exists on {' and '.join(now.marked)}: bring it up under its own name",
        risk="changes no data",
        undo=f"mdadm --stop {device}",
        kind=Kind.UNIT,
    )


def add(host: str, device: str, part: Part) -> Command:
    """Give a mirror its other half."""
    return Command(
        host,
        ("mdadm", device, "--add", part.path),
        f"{part.path} is missing in the mirror: add it, and it is copied in the background",
        risk=f"overwrites {part.path} with the contents of {device}",
        undo=f"mdadm {device} --fail {part.path} --remove {part.path}",
        kind=Kind.UNIT,
    )


def _register(answers: Answers, facts: Facts, now: Mirror) -> Iterator[Command]:
    device = answers.raid.device
    conf = facts.of(now.host, MDADM_CONF)
    missing = not conf.registered(now.uuid, device)
    if missing:
        others = conf.without(now.uuid, device)
        yield write_file(
            now.host,
            CONF,
            with_lines(others, [f"ARRAY {device} metadata={now.metadata} UUID={now.uuid}"]),
            f"register the mirror, once, so that it comes up as {device} and not under a "
            "made-up name",
            risk="other arrays' lines stay as they are",
            old=conf.text,
        )
    for version in conf.kernels if missing else conf.stale:
        yield Command(
            now.host,
            initramfs.update(version),
            "the early boot has its own copy of mdadm.conf and assembles arrays by it",
            risk=(
                f"rewrites /boot/initrd.img-{version}; a full /boot would make it fail, and says so"
            ),
            undo=initramfs.undo(version),
            kind=Kind.UNIT,
            minutes=1.0,
        )


STEP = Step(
    id="raid",
    title="Mirror the data partitions",
    reason=(
        "A disk may die without the server noticing: the instances' data lies on a mirror of "
        "both disks, besides the copy on the other server. Registered, it comes up under the "
        "same name at every boot. Both servers' mirrors must have the same size."
    ),
    then=(
        "mdadm --create /dev/md1 --level 1 --raid-devices=2 /dev/hda2 /dev/hdb2; "
        "mdadm --examine --scan | grep -v /dev/md0 >> /etc/mdadm/mdadm.conf"
    ),
    now=(
        "mdadm --create with metadata 1.2 and a bitmap, one ARRAY line in mdadm.conf, "
        "update-initramfs"
    ),
    section=Raid,
    facts=(*FACTS, *apt.FACTS),
    needs=("partition",),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=3.0,
)
