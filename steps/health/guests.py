"""Checks of the instances: where they run, whether the encrypted volume is open, backups, restore
tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import MAPPER
from steps.ganeti.facts.ganeti import Config, Guest
from steps.ganeti.ways import RECOVER, started, way
from steps.health.facts.ciphers import CIPHERS, Cipher
from steps.health.facts.daily import RECORDS
from steps.health.facts.standing import STANDING, VolumeStatus
from steps.health.look import DAY, HOUR, Look
from steps.health.records import Repeated
from steps.platform.facts.xen import HYPERVISOR
from wizard.model.verdicts import Level, Verdict


def instance(look: Look) -> Iterator[Verdict]:
    """Each instance that should run does so on exactly one node, its primary."""
    if look.config is None:
        return
    for guest in look.config.instances:
        yield _instance(look, look.config, guest)


def _instance(look: Look, config: Config, guest: Guest) -> Verdict:
    home = look.node(config.node_name(guest.primary))
    hosts = [
        node for node in look.seen if guest.name in look.facts.of(node.short, HYPERVISOR).running
    ]
    names = " and ".join(node.short for node in hosts)
    if len(hosts) > 1:
        what = f"{guest.name} runs on {names} at the same time: both write, and their disks part"
        mend = f"stop nothing before you know which copy is the right one: {RECOVER}"
        return Verdict("instance", "", Level.CRITICAL, what, mend)
    if guest.state != "up":
        what = f"{guest.name} was stopped on purpose (its state is {guest.state})"
        if hosts:
            what = f"{guest.name} runs on {names}, and Ganeti has it as {guest.state}"
        mend = look.unless_alone(started(guest))
        return Verdict("instance", "", Level.WARNING, what, mend)
    if not hosts and home in look.lost:
        node = home.short if home else ""
        what = f"{guest.name} cannot be seen: its node {node} does not answer"
        mend = f"{RECOVER}; if that node is dead, move it as the card on the wall says"
        return Verdict("instance", "", Level.CRITICAL, what, mend)
    if not hosts:
        what = f"{guest.name} does not run{_ended(look, guest)}"
        mend = look.unless_alone(
            f"the watcher tries by itself every five minutes; else {way('startup')}"
        )
        return Verdict("instance", "", Level.CRITICAL, what, mend)
    if home not in hosts:
        believed = home.short if home else "no known node"
        what = f"{guest.name} runs on {names}, and Ganeti has it on {believed}"
        # `failover --cleanup` is accepted and then moves the instance for real: the flag never
        # reaches the operation (lib/client/gnt_instance.py, FailoverInstance).
        mend = f"gnt-instance migrate --cleanup {guest.name}; never failover --cleanup"
        return Verdict("instance", "", Level.CRITICAL, what, mend)
    return Verdict("instance", hosts[0].short, Level.OK, what=f"{guest.name} runs here")


def _ended(look: Look, guest: Guest) -> str:
    """Where Xen still lists it, though it ended by itself."""
    for node in look.seen:
        if guest.name in look.facts.of(node.short, HYPERVISOR).ended:
            return f": it was shut down from within or crashed on {node.short} (xl list there)"
    return ""


def volume(look: Look) -> Iterator[Verdict]:
    """The encrypted volume is open, and everything stands on it: while it is locked, the services
    stand still.
    """
    wanted = [one.instance for one in look.answers.vault.volumes if one.kind != "none"]
    for name, full in look.guests:
        if name not in look.facts.raw:
            yield _unseen("volume", look, name, full)
            continue
        ciphers = [cipher for cipher in look.facts.of(name, CIPHERS) if not cipher.swap]
        for cipher in ciphers:
            # Only the wizard's own volume has the program that tells what stands on it.
            status = look.facts.of(name, STANDING) if cipher.name == MAPPER else None
            yield _volume(name, cipher, status)
        if not ciphers:
            yield _no_volume(name, wanted=full in wanted)


def _no_volume(name: str, *, wanted: bool) -> Verdict:
    if not wanted:
        return Verdict("volume", name, Level.ABSENT, what="no encrypted volume is set up")
    return Verdict(
        "volume",
        name,
        Level.WARNING,
        what="there is no encrypted volume, and the answers want one",
        step="vault",
    )


def _volume(name: str, cipher: Cipher, status: VolumeStatus | None) -> Verdict:
    label = cipher.name or cipher.source
    if not cipher.open:
        return Verdict(
            "volume",
            name,
            Level.CRITICAL,
            what=f"the encrypted volume {label} is locked, and the services on it stand still",
            mend=f"ganeti-wizard unlock {name}",
        )
    if status is not None and status.failed:
        said = "; ".join(f"{item}: {why}" for item, why in status.failed)
        return Verdict(
            "volume",
            name,
            Level.CRITICAL,
            what=f"the encrypted volume {label} is open, and not everything stands on it: {said}",
            mend=(
                f"ganeti-wizard unlock {name} mounts and starts it; ganeti-wizard lock {name} "
                "closes the volume"
            ),
        )
    if status is not None and status.rc != 0:
        return Verdict(
            "volume",
            name,
            Level.UNKNOWN,
            what=(
                f"the encrypted volume {label} is open; what stands on it cannot be told "
                f"(status ended with {status.rc})"
            ),
            mend="see what protected-volume status says there",
            step="vault",
        )
    if not cipher.mounts:
        return Verdict(
            "volume",
            name,
            Level.WARNING,
            what=f"the encrypted volume {label} is open and not mounted",
            mend=f"ganeti-wizard unlock {name}",
        )
    mounts = ", ".join(cipher.mounts)
    return Verdict("volume", name, Level.OK, what=f"{label} is open, on {mounts}")


def _unseen(check: str, look: Look, name: str, full: str) -> Verdict:
    error = look.facts.missing.get(name)
    if error is None:
        return Verdict(
            check,
            name,
            Level.ABSENT,
            what=f"the wizard does not log in to {full}",
            step="guest",
        )
    return Verdict(
        check,
        name,
        Level.UNKNOWN,
        what=f"{full} does not answer: {error.what}",
        mend=error.mend,
    )


def guest(look: Look) -> Iterator[Verdict]:
    """Every guest that the wizard can log in to answers."""
    for name, full in look.guests:
        error = look.facts.missing.get(name)
        if error is not None:
            yield Verdict(
                "guest",
                name,
                Level.CRITICAL,
                what=f"{full} does not answer: {error.what}",
                mend=error.mend or f"gnt-instance console {full}",
            )
        elif name in look.facts.raw:
            yield Verdict("guest", name, Level.OK, what=f"{full} answers")


def backup(look: Look) -> Iterator[Verdict]:
    """The last good backup is recent, its repository is whole, and it was restored not long ago."""
    for name, full in look.guests:
        for repeated in _backups(look):
            if name not in look.facts.raw:
                yield _unseen(repeated.check, look, name, full)
            else:
                yield repeated.judge(name, look.facts.of(name, RECORDS))


def _backups(look: Look) -> Iterator[Repeated]:
    kind = look.answers.backup.kind
    yield Repeated(
        "backup",
        thing="backup",
        step="bacula" if kind == "central" else "backup",
        # It is made daily; 30 hours leave room for a long one.
        warning=30 * HOUR,
        critical=3 * DAY,
        wanted=look.backed_up,
    )
    yield Repeated(
        "restore-test",
        thing="restore test",
        step="restoretest",
        # It is worth one a quarter.
        warning=100 * DAY,
        critical=400 * DAY,
        wanted=look.backed_up,
    )
    if kind == "simple" and look.backed_up:
        yield Repeated(
            "backup-check",
            thing="check of the repository",
            step="backup",
            # It is made weekly.
            warning=9 * DAY,
            critical=30 * DAY,
            wanted=True,
        )
