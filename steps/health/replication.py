"""The check of what keeps two copies of each disk the same."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.drbdminors import REPLICAS, Minor, Replicas
from steps.ganeti.facts.ganeti import Config, Guest
from steps.ganeti.replication import (
    copy_anew,
    differs,
    get_on,
    let_write,
    progress,
    suspended,
)
from steps.ganeti.ways import RECOVER, way
from steps.health.look import Look
from wizard.answers import Node
from wizard.base.names import counted
from wizard.model.verdicts import Level, Verdict


def drbd(look: Look) -> Iterator[Verdict]:
    """Every disk of every running instance is connected and up to date on both sides."""
    if look.config is None:
        return
    yield from _left_alone(look, look.config)
    for node in look.seen:
        replicas = look.facts.of(node.short, REPLICAS)
        if not replicas.version:
            yield Verdict(
                "drbd",
                node.short,
                Level.CRITICAL,
                what="the DRBD module is not loaded",
                mend="modprobe drbd",
            )
            continue
        if replicas.strange:
            yield Verdict(
                "drbd",
                node.short,
                Level.CRITICAL,
                what=f"DRBD {replicas.version} is loaded, of which Ganeti knows nothing",
                mend="restart nothing; look at both copies by drbdadm status, then back to the "
                "kernel's own 8.4: the step drbd says how",
                step="drbd",
            )
            continue
        copies = list(_copies_on(look.config, node))
        wrong = []
        for guest, label, number in copies:
            # Ganeti promotes its primary before the copies agree: which one is newer comes first.
            connect = f"{RECOVER} tells which copy is newer; {way('reconnect')} connects them"
            activate = look.unless_alone(connect)
            verdict = _copy(node.short, replicas, guest, label, number, activate)
            if verdict is not None:
                wrong.append(verdict)
        yield from wrong
        if not copies:
            yield Verdict("drbd", node.short, Level.OK, what="no instance has a disk here")
        elif not wrong:
            compared = _compared(replicas)
            yield Verdict(
                "drbd",
                node.short,
                Level.OK,
                what=(
                    f"{counted(len(copies), 'disk')} connected, up to date on both sides{compared}"
                ),
            )


def _left_alone(look: Look, config: Config) -> Iterator[Verdict]:
    """Instances whose disks Ganeti no longer looks after, though they should run."""
    for guest in config.instances:
        replicated = any(disk.copies for disk in config.disks_of(guest))
        if replicated and guest.state == "up" and not guest.active:
            yield Verdict(
                "drbd",
                "",
                Level.WARNING,
                what=f"Ganeti failed to activate all disks of {guest.name} once, and leaves them "
                "alone since: after the next reboot its watcher connects none of them",
                mend=look.unless_alone(way("reconnect")),
            )


def _compared(replicas: Replicas) -> str:
    """That copies are compared right now, which is no resynchronisation: both stay good."""
    compared = [minor for minor in replicas.minors if minor.verifies]
    if not compared:
        return ""
    how_far = ", ".join(f"{minor.synced or 0:g} %" for minor in compared)
    return f"; {len(compared)} of them being compared ({how_far})"


def _copies_on(config: Config, node: Node) -> Iterator[tuple[Guest, str, int]]:
    """Each disk that has a copy on a node: its instance, what to call it, its DRBD minor there."""
    for guest in config.instances:
        for number, disk in enumerate(config.disks_of(guest)):
            label = f"disk {number} ({disk.name or disk.uuid}) of {guest.name}"
            for uuid, minor in disk.copies:
                if config.node_name(uuid) == node.name:
                    yield guest, label, minor


def _copy(
    host: str, replicas: Replicas, guest: Guest, label: str, number: int, activate: str
) -> Verdict | None:
    minor = replicas.minor(number)
    if minor is None:
        # Ganeti takes the disks of an instance down that it stops.
        if guest.state != "up":
            return None
        return Verdict(
            "drbd",
            host,
            Level.CRITICAL,
            what=f"{label} is not there (DRBD minor {number})",
            mend=activate,
        )
    if minor.suspended:
        mend = let_write(minor, activate)
        return Verdict("drbd", host, Level.CRITICAL, f"{label}: {suspended(minor)}", mend=mend)
    if minor.healthy:
        return _writable_twice(host, label, minor, guest) if minor.both_primary else None
    if minor.synchronises:
        return Verdict(
            "drbd",
            host,
            Level.WARNING,
            what=f"{label} {progress(minor)}; until then there is one good copy",
            mend=get_on(minor, "wait: cat /proc/drbd; move nothing meanwhile"),
        )
    if minor.differs:
        what = f"{label}: {differs(minor)}"
        return Verdict("drbd", host, Level.CRITICAL, what, mend=copy_anew(guest.name))
    return _broken(host, label, minor, guest, activate)


def _writable_twice(host: str, label: str, minor: Minor, guest: Guest) -> Verdict:
    """So it is while an instance moves without a stop. A move that failed leaves it so, and then
    nothing of DRBD's keeps the instance from running twice.
    """
    return Verdict(
        "drbd",
        host,
        Level.WARNING,
        what=f"{label} may be written to on both nodes (DRBD minor {minor.number}: {minor.states})",
        mend="wait while a migration runs (gnt-job list --running); else "
        f"gnt-instance migrate --cleanup {guest.name}",
    )


def _broken(host: str, label: str, minor: Minor, guest: Guest, activate: str) -> Verdict:
    states = f"(DRBD minor {minor.number}: {minor.states})"
    disks = (minor.disk, minor.peer_disk)
    if minor.cs == "StandAlone":
        # Ganeti 3.0's own verification takes this for well (Ganeti issues 513 and 1814).
        what = f"{label} is cut off from its copy, perhaps two copies that differ {states}"
        mend = (
            f"move nothing, restart nothing: {RECOVER} tells whether one copy is newer "
            f"({way('reconnect')}) or both have data of their own ({way('split-brain')})"
        )
    elif "Diskless" in disks or "Failed" in disks:
        what = f"{label} has lost its storage on one side {states}"
        # On Ganeti 3.1 `replace-disks -a` may aim at the good side, and a primary without its disk
        # that is started anew runs on old data.
        mend = f"stop nothing, restart nothing: {RECOVER} has the way (`diskless`)"
    else:
        what = f"{label} is not replicated {states}"
        mend = f"check the other node and the network between both, then {activate}"
    return Verdict("drbd", host, Level.CRITICAL, what, mend)
