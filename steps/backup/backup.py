"""Simple backup of the guests: restic on a timer, over sftp to another host, with a database dump
(article, row 17).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from steps.backup import folders as backup_folders
from steps.backup import gone, schedule, secrets
from steps.backup import place as backup_place
from steps.backup.admission import shut_out
from steps.backup.facts.backup import CLIENT, Client
from steps.backup.facts.backupplace import PLACE
from steps.backup.hosts import (
    ETC,
    KNOWN,
    NAME,
    guest,
    guests,
    no_host,
    programs,
    settings,
    taking_part,
)
from steps.backup.repository import repository
from steps.common import apt, units
from steps.common.files import put
from wizard.answers import Answers, Backup, Node
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step, not_done

PACKAGES = ("restic", "openssh-client")
PROGRAMS = {
    "/usr/local/sbin/gw-restic": ("gw-restic", "755"),
    "/usr/local/sbin/gw-backup": ("gw-backup", "755"),
    "/usr/local/sbin/gw-backup-check": ("gw-backup-check", "755"),
}
"""Path on the guest → (our template, mode): what only a simple backup needs."""


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """An encrypted volume belongs into the backup; the dump, and what opens the backups, belong on
    the volume.
    """
    if answers.backup.kind == "none":
        return {}
    suggestion: dict[str, Any] = {}
    folders = backup_folders.suggested(answers, facts)
    if folders != list(backup_folders.USUAL):
        suggestion["folders"] = folders
    clients = [facts.of(host, CLIENT) for host in guests(answers)]
    for client in clients:
        if client.volume:
            suggestion.setdefault("password_file", f"{client.volume[0]}{NAME}")
        if client.crypt:
            suggestion.setdefault("work", f"{client.crypt}/backup")
    return suggestion


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No backup host, or one without the repository that it had; a locked volume; packages in other
    hands.
    """
    if answers.backup.kind != "simple":
        return
    yield from no_host(answers)
    backup_host = answers.backup_host
    if backup_host is None:
        return
    yield from backup_place.folder(facts, backup_host)
    yield from gone.repositories(answers, facts, backup_host)
    for host in guests(answers):
        yield from backup_place.blockers(answers, facts, backup_host, host)
        yield from shut_out(facts, backup_host, host)
        yield from apt.blockers(facts, host, PACKAGES)
        yield from locked(facts, host)
        yield from readable(answers, facts, host)


def locked(facts: Facts, host: str) -> Iterator[Finding]:
    """Folders of the backup on volumes that are not mounted."""
    for mount in facts.of(host, CLIENT).locked:
        yield Finding(
            host,
            what=f"{mount} is not mounted: a backup now would lack what is in it",
            mend="unlock and mount it, or take it out of the folders to back up",
        )


def dumps(answers: Answers, facts: Facts, host: str) -> bool:
    """Whether the guest's database is dumped: the answers want it, and there is one."""
    return answers.backup.database and bool(facts.of(host, CLIENT).database)


def readable(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """What lies encrypted, dumped or restored to where whoever carries the server away reads it."""
    client = facts.of(host, CLIENT)
    work = answers.backup.work
    if not client.crypt or work.startswith(f"{client.crypt}/"):
        return
    encrypted = [folder for folder in answers.backup.folders if _is_on(client, folder)]
    if dumps(answers, facts, host):
        danger = "dumps of the database"
    elif encrypted:
        danger = f"what a restore test brings back of {encrypted[0]}"
    else:
        return
    yield Finding(
        host,
        what=(
            f"{work} is not on the encrypted volume {client.crypt}: {danger} "
            "could be read off the disk"
        ),
        mend=f"set backup.work to {client.crypt}/backup",
    )


def _is_on(client: Client, folder: str) -> bool:
    """Whether a folder lies on the encrypted volume; one above it is backed up without it."""
    return any(f"{folder}/".startswith(f"{mount}/") for mount in (client.crypt, *client.volume))


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Account and folder on the backup host; key, programs, password, timers on the guest; first
    backup and check.
    """
    backup_host = answers.backup_host
    if answers.backup.kind != "simple" or backup_host is None:
        return
    yield from backup_place.shared(answers, facts, backup_host)
    for host in guests(answers):
        client = facts.of(host, CLIENT)
        yield from apt.install(
            facts, host, PACKAGES, "the backup program, and ssh to reach the repository"
        )
        yield from _files(answers, facts, backup_host, host, client)
        key = secrets.key(answers, client)
        yield from backup_place.account(answers, facts, backup_host, host, key, stage=1)
        if key:
            yield from repository(answers, facts, backup_host, host, client)
            yield from schedule.timers(answers, host, client)
            yield from schedule.first_run(answers, host, client)


def _files(
    answers: Answers, facts: Facts, backup_host: Node, host: str, client: Client
) -> Iterator[Command]:
    if client.daemon:
        yield units.disable(
            host,
            "bacula-fd",
            "the central backup of an earlier choice ends: its Director's jobs find nobody "
            "here; its backups stay",
            was="",
            risk="a backup by Bacula that runs now is broken off",
        )
    yield from programs(client.texts, host, PROGRAMS)
    yield from secrets.move(answers, host, client)
    conf = f"{ETC}/backup.conf"
    key = secrets.key_file(answers, client)
    yield from put(
        host,
        conf,
        settings(answers, host, backup_host, secrets.password_file(answers, client), key),
        "what is backed up, where to, and how long it is kept; holds no secret",
        now=client.texts.get(conf),
        mode="600",
    )
    yield from put(
        host,
        KNOWN,
        backup_place.known_line(facts, backup_host),
        "the backup host's key, read off it over the wizard's own checked connection: no "
        "other machine gets the data",
        now=client.texts.get(KNOWN),
        mode="600",
    )
    if not secrets.key(answers, client):
        comment = f"backup@{guest(answers, host).name}"
        yield backup_place.make_key(host, comment, backup_host, key)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, the last backup and check went well, and the account can do nothing but
    sftp.
    """
    backup_host = answers.backup_host
    if answers.backup.kind != "simple" or backup_host is None:
        return
    yield from not_done(plan(answers, facts))
    yield from backup_folders.nowhere(answers, facts)
    for host in guests(answers):
        client = facts.of(host, CLIENT)
        yield from backup_folders.unreached(answers, facts, host)
        yield from secrets.in_the_clear(answers, host, client)
        yield from backup_place.wrong(facts, backup_host, host)
        yield from unwell(host, client)
        check = client.record("backup-check")
        if check.get("ok") is False:
            yield Finding(
                host,
                what=f"the check of the repository found: {check.get('message')}",
                mend="gw-restic check --read-data there; the help page, A damaged repository",
            )


def unwell(host: str, client: Client) -> Iterator[Finding]:
    """The last backup failed or is too old."""
    last = client.record("backup")
    if last and last.get("ok") is not True:
        yield Finding(
            host,
            what=f"the last backup did not go well: {last.get('message')}",
            mend="mend that; where the repository is damaged, as its help page says",
            step=THIS_STEP,
        )
    age = client.age("backup", "last_good")
    if age is not None and age < schedule.OLD:
        return
    what = "there is no good backup yet"
    if age is not None:
        what = f"the last good backup is {age // 3600} hours old"
    yield Finding(host, what, mend="systemctl list-timers; journalctl -u gw-backup")


STEP = Step(
    id="backup",
    title="Back up the instances",
    reason=(
        "Two mirrored nodes guard against a dead machine, not against a wrong command, a broken "
        "table or a fire. Backups lie encrypted on another host, far away; the key stays with "
        "the operator."
    ),
    then="cron scripts, or Bacula (step bacula), the copies on an encrypted volume far away",
    now=(
        "restic over sftp, every night by a systemd timer; a consistent dump before; old "
        "backups go by plan"
    ),
    plan=plan,
    verify=verify,
    section=Backup,
    facts=(CLIENT, PLACE, *apt.FACTS),
    needs=("instance",),
    blockers=blockers,
    suggest=suggest,
    hosts=lambda answers: taking_part(answers, "simple", "central"),
    secrets=lambda answers: [f"backup-{guest.short}" for guest in answers.guests],
    minutes=5,
)
