"""Ganeti's own export of every instance with all its disks, before a change that may go wrong. On
demand.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.disks.facts.lvm import LVM
from steps.ganeti.cluster_checks import master_is_ready
from steps.ganeti.facts.exports import EXPORT_DIR, EXPORTS, Export
from steps.ganeti.facts.ganeti import GANETI, Config, Guest, cluster
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.under_way import followed
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind, Step, not_done

WORK = "OP_BACKUP_EXPORT"
FRESH = 6 * 3600
"""Seconds for which an export counts as made: another run within them plans nothing."""
SWAP = "swap"
"""The disk of which only the label is exported."""


def guests(answers: Answers, config: Config) -> list[Guest]:
    """The wanted instances that are there."""
    found = (config.instance(one.name) for one in answers.instance.wanted)
    return [one for one in found if one is not None]


def target(answers: Answers, config: Config, guest: Guest) -> Node:
    """Where the export goes: a node on which the instance does not run, so that no single loss
    takes both.
    """
    home = config.node_name(guest.primary)
    return next((node for node in answers.nodes if node.name != home), answers.master)


def export_of(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Export | None:
    """The export of an instance on any node, when it is whole; the newest one."""
    disks = len(guest.disks)
    made = [facts.of(node.short, EXPORTS).made.get(guest.name) for node in answers.nodes]
    return min(
        (one for one in made if one and one.disks == disks), key=lambda one: one.age, default=None
    )


def due(answers: Answers, facts: Facts, config: Config, guest: Guest) -> bool:
    """Whether no export of the last hours is there."""
    last = export_of(answers, facts, config, guest)
    return last is None or last.age >= FRESH


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No cluster, no instance, or no room: for the snapshots where it runs, for the dumps where
    they go.
    """
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    if not guests(answers, config):
        yield Finding(
            answers.master.short, "there is no instance to export", "finish the step `instance`"
        )
    for guest in guests(answers, config):
        if due(answers, facts, config, guest) and not followed(answers, facts, guest.name, WORK):
            yield from _room(answers, facts, config, guest)


def _room(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Iterator[Finding]:
    disks, there = config.disks_of(guest), target(answers, config, guest)
    home = next(
        (node for node in answers.nodes if node.name == config.node_name(guest.primary)), None
    )
    need = sum(disk.size_mib for disk in disks)
    group = facts.of(home.short, LVM).vg(config.vg) if home is not None else None
    if home is not None and (group is None or group.free >> 20 < need):
        free = group.free >> 20 if group else 0
        what = (
            f"the volume group {config.vg} has {free} MiB free; snapshots of "
            f"{guest.name}'s disks take {need} MiB"
        )
        yield Finding(
            home.short,
            what,
            "make room there (lvs; vgs), or copy what matters by the step `backup`",
        )
    least = sum(disk.size_mib for disk in disks[1:] if disk.name != SWAP)
    free = facts.of(there.short, EXPORTS).free_mib
    if free < least:
        what = (
            f"{free} MiB are free under {EXPORT_DIR}; the dumps of {guest.name} take "
            f"{least} MiB and its root disk"
        )
        yield Finding(
            there.short, what, "make room there, or mount a larger file system at that place"
        )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """One export after the other, of what has none of the last hours; one that is under way is
    followed.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    for number, guest in enumerate(guests(answers, config)):
        under_way = followed(answers, facts, guest.name, WORK, stage=2 * number)
        if under_way:
            yield under_way
            continue
        yield from _clean(answers, facts, guest, 2 * number)
        if due(answers, facts, config, guest):
            yield _export(answers, config, guest, 2 * number + 1)


def _clean(answers: Answers, facts: Facts, guest: Guest, stage: int) -> Iterator[Command]:
    for node in answers.nodes:
        mib = facts.of(node.short, EXPORTS).left.get(guest.name)
        if mib is not None:
            yield Command(
                host=node.short,
                argv=("rm", "-r", "--one-file-system", "--", f"{EXPORT_DIR}/{guest.name}.new"),
                why=(
                    f"an export of {guest.name} that did not end left {mib} MiB; Ganeti "
                    "does not remove them"
                ),
                undo="none needed: it is a part of a copy",
                stage=stage,
                minutes=0.1,
            )


def _export(answers: Answers, config: Config, guest: Guest, stage: int) -> Command:
    there = target(answers, config, guest)
    away = (
        f"{guest.name} is shut down for the snapshots, some minutes; an encrypted volume "
        "is locked afterwards"
    )
    return Command(
        host=answers.master.short,
        argv=("gnt-backup", "export", *SUBMIT, "-n", there.name, guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why=(
            f"all disks of {guest.name} as they are now, to {EXPORT_DIR}/{guest.name} on "
            f"{there.short}"
        ),
        risk=(
            f"{away} (`ganeti-wizard unlock`). Its older export is replaced; its root disk "
            "lies there in the clear"
        ),
        undo=f"gnt-backup remove {guest.name}",
        stage=stage,
        minutes=2 + sum(disk.size_mib for disk in config.disks_of(guest)) / 1024,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Every instance has a whole export of the last hours."""
    yield from not_done(plan(answers, facts))


STEP = Step(
    id="export",
    title="Export the instances with Ganeti",
    reason=(
        "Before an upgrade, a resize or anything else that may go wrong in an instance: all its "
        "disks as they were, on the other node, from which Ganeti makes the instance anew in one "
        "command. It is no backup: it lies on the same two servers, and its root disk in the "
        "clear."
    ),
    then="gnt-backup export -n node1.name.org inst1.name.org",
    now=(
        "the same, to the node where the instance does not run, as a job that is followed; "
        "room looked at before"
    ),
    plan=plan,
    verify=verify,
    facts=(GANETI, JOBS, LVM, EXPORTS),
    blockers=blockers,
    minutes=10,
)
