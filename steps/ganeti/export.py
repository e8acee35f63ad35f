"""Ganeti's own export of every instance with all its disks, before a change that may go wrong. On
demand.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.sizes import MIB
from steps.disks.facts.lvm import LVM
from steps.ganeti.acting import answering, cluster, master_host, master_is_ready
from steps.ganeti.facts.exports import EXPORT_DIR, EXPORTS, Export
from steps.ganeti.facts.ganeti import (
    GANETI,
    Config,
    Guest,
    existing_guests,
    server_named,
)
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.under_way import followed
from steps.ganeti.ways import CAREFUL, RECOVER
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind, Step, not_done, on_nodes

WORK = "OP_BACKUP_EXPORT"
FRESH = 6 * 3600
"""Seconds for which an export counts as made: another run within them plans nothing."""
SWAP = "swap"
"""The disk of which only the label is exported."""


def target(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Node | None:
    """Where the export goes: a node on which the instance does not run, so that no single loss
    takes both. None while no such node is in service.
    """
    home = config.node_name(guest.primary)
    for node in answering(answers, facts):
        member = config.node(node.name)
        if node.name != home and member is not None and not member.offline:
            return node
    return None


def export_of(answers: Answers, facts: Facts, guest: Guest) -> Export | None:
    """The export of an instance on any node, when it is whole; the newest one."""
    newest: Export | None = None
    for node in answering(answers, facts):
        export = facts.of(node.short, EXPORTS).made.get(guest.name)
        if export is None or export.disks != len(guest.disks):
            continue
        if newest is None or export.age < newest.age:
            newest = export
    return newest


def due(answers: Answers, facts: Facts, guest: Guest) -> bool:
    """Whether no export of the last hours is there."""
    last = export_of(answers, facts, guest)
    return last is None or last.age >= FRESH


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No cluster, no instance, or no room: for the snapshots where it runs, for the dumps where
    they go.
    """
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    guests = existing_guests(answers, config)
    if not guests:
        yield Finding(
            master_host(answers, facts),
            what="there is no instance to export",
            step="instance",
        )
    for guest in guests:
        if due(answers, facts, guest) and not followed(answers, facts, guest.name, WORK):
            yield from _snapshot_room(answers, facts, config, guest)
            yield from _dump_room(answers, facts, config, guest)


def _away(host: str, error: WizardError, guest: Guest) -> Finding:
    return Finding(
        host,
        what=f"{guest.name} has its primary node here, and it does not answer: {error.what}",
        mend=CAREFUL,
    )


def _snapshot_room(
    answers: Answers, facts: Facts, config: Config, guest: Guest
) -> Iterator[Finding]:
    home = server_named(answers, config.node_name(guest.primary))
    if home is None:
        return
    if home.short in facts.missing:
        yield _away(home.short, facts.missing[home.short], guest)
        return
    # Ganeti takes a snapshot as large as the disk itself (lib/backend.py, BlockdevSnapshot).
    need = sum(disk.size_mib for disk in config.disks_of(guest))
    group = facts.of(home.short, LVM).vg(config.vg)
    free = group.free // MIB if group else 0
    if group is None or free < need:
        yield Finding(
            home.short,
            what=(
                f"the volume group {config.vg} has {free} MiB free; snapshots of "
                f"{guest.name}'s disks take {need} MiB"
            ),
            mend="make room there (lvs; vgs); or let a backup copy what matters instead",
        )


def _dump_room(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Iterator[Finding]:
    node = target(answers, facts, config, guest)
    if node is None:
        yield Finding(
            master_host(answers, facts),
            what=f"no node but that of {guest.name} is in service, and beside its original a copy "
            "is none",
            mend=f"bring the other node back first: {RECOVER}",
        )
        return
    # Of the root disk only what its file system holds is dumped: nobody knows that beforehand.
    further = config.disks_of(guest)[1:]
    least = sum(disk.size_mib for disk in further if disk.name != SWAP)
    free = facts.of(node.short, EXPORTS).free_mib
    if free < least:
        yield Finding(
            node.short,
            what=(
                f"{free} MiB are free under {EXPORT_DIR}; the dumps of {guest.name} take "
                f"{least} MiB and its root disk"
            ),
            mend="make room there, or mount a larger file system at that place",
        )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """One export after the other, of what has none of the last hours; one that is under way is
    followed.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    for number, guest in enumerate(existing_guests(answers, config)):
        stage = 2 * number
        under_way = followed(answers, facts, guest.name, WORK, stage=stage)
        if under_way:
            yield under_way
            continue
        yield from _clean(answers, facts, guest, stage)
        node = target(answers, facts, config, guest)
        if node is not None and due(answers, facts, guest):
            yield _export(master_host(answers, facts), node, config, guest, stage + 1)


def _clean(answers: Answers, facts: Facts, guest: Guest, stage: int) -> Iterator[Command]:
    for node in answering(answers, facts):
        size = facts.of(node.short, EXPORTS).left.get(guest.name)
        if size is not None:
            yield Command(
                host=node.short,
                argv=("rm", "-r", "--one-file-system", "--", f"{EXPORT_DIR}/{guest.name}.new"),
                why=(
                    f"an export of {guest.name} that did not end left {size} MiB; Ganeti "
                    "does not remove them"
                ),
                undo="none needed: it is a part of a copy",
                stage=stage,
                minutes=0.1,
            )


def _export(master: str, node: Node, config: Config, guest: Guest, stage: int) -> Command:
    size = sum(disk.size_mib for disk in config.disks_of(guest))
    return Command(
        host=master,
        argv=("gnt-backup", "export", *SUBMIT, "-n", node.name, guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why=(
            f"all disks of {guest.name} as they are now, to {EXPORT_DIR}/{guest.name} on "
            f"{node.short}"
        ),
        risk=(
            f"{guest.name} is shut down for the snapshots, some minutes; an encrypted volume "
            "is locked afterwards (`ganeti-wizard unlock`). Its older export is replaced; its "
            "root disk lies there in the clear"
        ),
        undo=(
            f"none: it takes the place of an earlier export; gnt-backup remove {guest.name} "
            "removes it"
        ),
        stage=stage,
        minutes=2 + size / 1024,
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
    may_miss=on_nodes,
    blockers=blockers,
    minutes=10,
)
