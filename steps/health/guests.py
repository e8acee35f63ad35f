"""Checks of the instances: where they run, whether the encrypted volume is open, backups, restore
tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import MAPPER
from steps.health.facts.ciphers import CIPHERS, Cipher
from steps.health.facts.daily import RECORDS
from steps.health.facts.standing import STANDING, Standing
from steps.health.look import DAY, HOUR, Look
from steps.health.records import record
from steps.platform.facts.xen import HYPERVISOR
from wizard.model.verdicts import Level, Verdict

BACKUP_WARNING, BACKUP_CRITICAL = 30 * HOUR, 3 * DAY
"""Age of the last good backup, which is made daily."""
RESTORE_WARNING, RESTORE_CRITICAL = 100 * DAY, 400 * DAY
"""Age of the last restore test, which is worth one a quarter."""
CHECK_WARNING, CHECK_CRITICAL = 9 * DAY, 30 * DAY
"""Age of the last check of the repository, which is made weekly."""


def instance(look: Look) -> Iterator[Verdict]:
    """Each instance that should run does so on exactly one node, its primary."""
    if look.config is None:
        return
    for guest in look.config.instances:
        home = look.node(look.config.node_name(guest.primary))
        hosts = [
            node for node in look.seen if guest.name in look.facts.of(node.short, HYPERVISOR).guests
        ]
        names = " and ".join(node.short for node in hosts)
        verdict = None
        if len(hosts) > 1:
            what = (
                f"{guest.name} runs on {names} at the same time: both write, and their disks part"
            )
            mend = "stop nothing before you know which copy is the right one"
            verdict = Verdict("instance", "", Level.CRITICAL, what, mend)
        elif guest.state != "up":
            what = f"{guest.name} was stopped on purpose (its state is {guest.state})"
            if hosts:
                what = f"{guest.name} runs on {names}, and Ganeti has it as {guest.state}"
            verdict = Verdict(
                "instance", "", Level.WARNING, what, f"gnt-instance startup {guest.name}"
            )
        elif not hosts and home in look.lost:
            what = (
                f"{guest.name} cannot be seen: its node {home.short if home else ''} does "
                "not answer"
            )
            mend = "if that node is dead, move the instance as the card on the wall says"
            verdict = Verdict("instance", "", Level.CRITICAL, what, mend)
        elif not hosts:
            mend = (
                f"gnt-instance startup {guest.name}; the watcher tries by itself every five minutes"
            )
            verdict = Verdict("instance", "", Level.CRITICAL, f"{guest.name} does not run", mend)
        elif home not in hosts:
            what = (
                f"{guest.name} runs on {names}, and Ganeti has it on "
                f"{home.short if home else 'no known node'}"
            )
            mend = f"gnt-instance migrate --cleanup {guest.name}; never failover --cleanup"
            verdict = Verdict("instance", "", Level.CRITICAL, what, mend)
        yield verdict or Verdict("instance", hosts[0].short, Level.OK, f"{guest.name} runs here")


def volume(look: Look) -> Iterator[Verdict]:
    """The encrypted volume is open, and everything stands on it: while it is locked, the services
    stand still.
    """
    for name, full in look.guests:
        if name not in look.facts.raw:
            yield _unseen("volume", look, name, full)
            continue
        found = [one for one in look.facts.of(name, CIPHERS) if not one.swap]
        decided = [one.instance for one in look.answers.vault.volumes if one.kind != "none"]
        if not found and full in decided:
            what = "there is no encrypted volume, and the answers want one"
            yield Verdict("volume", name, Level.WARNING, what, "run the step `vault`")
        elif not found:
            yield Verdict("volume", name, Level.ABSENT, "no encrypted volume is set up")
        for one in found:
            standing = look.facts.of(name, STANDING) if one.name == MAPPER else None
            yield _volume(name, one, standing)


def _volume(name: str, one: Cipher, standing: Standing | None) -> Verdict:
    label = one.name or one.source
    if not one.open:
        what = f"the encrypted volume {label} is locked, and the services on it stand still"
        return Verdict("volume", name, Level.CRITICAL, what, f"ganeti-wizard unlock {name}")
    if standing is not None and standing.failed:
        said = "; ".join(f"{item}: {why}" for item, why in standing.failed)
        what = f"the encrypted volume {label} is open, and not everything stands on it: {said}"
        mend = (
            f"ganeti-wizard unlock {name} mounts and starts it; ganeti-wizard lock {name} "
            "closes the volume"
        )
        return Verdict("volume", name, Level.CRITICAL, what, mend)
    if standing is not None and standing.rc != 0:
        what = (
            f"the encrypted volume {label} is open; what stands on it cannot be told "
            f"(status ended with {standing.rc})"
        )
        return Verdict(
            "volume",
            name,
            Level.UNKNOWN,
            what,
            "protected-volume status there; the step `vault` mends it",
        )
    if not one.mounts:
        what = f"the encrypted volume {label} is open and not mounted"
        return Verdict("volume", name, Level.WARNING, what, f"ganeti-wizard unlock {name}")
    return Verdict("volume", name, Level.OK, f"{label} is open, on {', '.join(one.mounts)}")


def _unseen(check: str, look: Look, name: str, full: str) -> Verdict:
    error = look.facts.missing.get(name)
    if error is None:
        return Verdict(
            check,
            name,
            Level.ABSENT,
            f"the wizard does not log in to {full}",
            "finish the guest's set-up",
        )
    return Verdict(check, name, Level.UNKNOWN, f"{full} does not answer: {error.what}", error.mend)


def guest(look: Look) -> Iterator[Verdict]:
    """Every guest that the wizard can log in to answers."""
    for name, full in look.guests:
        error = look.facts.missing.get(name)
        if error is not None:
            mend = error.mend or f"gnt-instance console {full}"
            yield Verdict(
                "guest", name, Level.CRITICAL, f"{full} does not answer: {error.what}", mend
            )
        elif name in look.facts.raw:
            yield Verdict("guest", name, Level.OK, f"{full} answers")


def backup(look: Look) -> Iterator[Verdict]:
    """The last good backup is recent, its repository is whole, and it was restored not long ago."""
    kinds = [
        ("backup", "backup", (BACKUP_WARNING, BACKUP_CRITICAL)),
        ("restore-test", "restore test", (RESTORE_WARNING, RESTORE_CRITICAL)),
    ]
    if look.answers.backup.kind == "simple" and look.backed_up:
        kinds.append(("backup-check", "check of the repository", (CHECK_WARNING, CHECK_CRITICAL)))
    for name, full in look.guests:
        for check, thing, limits in kinds:
            if name not in look.facts.raw:
                yield _unseen(check, look, name, full)
                continue
            records = look.facts.of(name, RECORDS)
            yield record(
                check,
                name,
                records.found.get(check),
                damaged=check in records.damaged,
                now=records.now,
                limits=limits,
                thing=thing,
                wanted=look.backed_up,
            )
