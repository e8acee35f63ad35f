"""Simple backup of the guests: restic on a timer, over sftp to another host, with a database dump
(article, row 17).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from steps.backup import folders as backup_folders
from steps.backup import gone, secrets
from steps.backup import place as backup_place
from steps.backup.facts.backup import CLIENT, TIMERS, UNITS, Client
from steps.backup.facts.backupplace import PLACE
from steps.backup.hosts import (
    ACCOUNT,
    ETC,
    KNOWN,
    NAME,
    guest,
    guests,
    no_host,
    programs,
    put,
    settings,
    taking_part,
)
from steps.common import apt
from wizard.answers import Answers, Backup
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Prompt, Step, not_done

PACKAGES = ("restic", "openssh-client")
PROGRAMS = {
    "/usr/local/sbin/gw-restic": ("gw-restic", "755"),
    "/usr/local/sbin/gw-backup": ("gw-backup", "755"),
    "/usr/local/sbin/gw-backup-check": ("gw-backup-check", "755"),
}
OLD = 2 * 86400
"""Seconds after which the last good backup counts as missed."""
KEEP_PASSWORD = """umask 077; IFS= read -r word || exit 1; mkdir -p "$(dirname "$1")" || exit 1
printf '%s\\n' "$word" >"$1.new" || exit 1
gw-restic --password-file "$1.new" $2 >/dev/null || { rm -f "$1.new"; exit 1; }
sync "$1.new"; mv -f "$1.new" "$1\""""


def units(answers: Answers) -> dict[str, str]:
    """Services and timers by path."""
    service = (
        "[Unit]\nDescription={}\nWants=network-online.target\nAfter=network-online.target "
        "mariadb.service\n\n"
    )
    service += (
        "[Service]\nType=oneshot\nNice=10\nIOSchedulingClass=idle\nExecStart=/usr/local/sbin/{}\n"
    )
    timer = "[Unit]\nDescription={}\n\n[Timer]\nOnCalendar={}\nPersistent=true\nRandomizedDelaySec=120\n\n"  # noqa: E501
    timer += "[Install]\nWantedBy=timers.target\n"
    daily, weekly = (
        "Backup of this machine (ganeti-wizard)",
        "Check of the backup repository (ganeti-wizard)",
    )
    hour, minute = answers.backup.at.split(":")
    return {
        f"{UNITS}/gw-backup.service": service.format(daily, "gw-backup"),
        f"{UNITS}/gw-backup.timer": timer.format(daily, f"*-*-* {answers.backup.at}:00"),
        f"{UNITS}/gw-backup-check.service": service.format(weekly, "gw-backup-check"),
        f"{UNITS}/gw-backup-check.timer": timer.format(
            weekly, f"Sun {(int(hour) + 2) % 24:02}:{minute}:00"
        ),
    }


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """An encrypted volume belongs into the backup; the dump, and what opens the backups, belong on
    the volume.
    """
    if answers.backup.kind == "none":
        return {}
    inside = [mount for host in guests(answers) for mount in facts.of(host, CLIENT).volume[:1]]
    crypts = [crypt for host in guests(answers) if (crypt := facts.of(host, CLIENT).crypt)]
    folders = backup_folders.suggested(answers, facts)
    more: dict[str, Any] = {} if folders == [*backup_folders.USUAL] else {"folders": folders}
    if inside:
        more["password_file"] = f"{inside[0]}{NAME}"
    return more | ({"work": f"{crypts[0]}/backup"} if crypts else {})


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No backup host, or one without the repository that it had; a locked volume; packages in other
    hands.
    """
    if answers.backup.kind != "simple":
        return
    yield from no_host(answers)
    if answers.backup_host is None:
        return
    yield from backup_place.folder(answers, facts, answers.backup_host)
    yield from gone.repositories(answers, facts, answers.backup_host)
    for host in guests(answers):
        yield from backup_place.blockers(answers, facts, host)
        yield from apt.blockers(facts, host, PACKAGES)
        yield from locked(facts, host)
        yield from readable(answers, facts, host)


def locked(facts: Facts, host: str) -> Iterator[Finding]:
    """Folders of the backup on volumes that are not mounted."""
    for mount in facts.of(host, CLIENT).locked:
        mend = "unlock and mount it, or take it out of the folders to back up"
        yield Finding(host, f"{mount} is not mounted: a backup now would lack what is in it", mend)


def dumps(answers: Answers, facts: Facts, host: str) -> bool:
    """Whether the guest's database is dumped: the answers want it, and there is one."""
    return answers.backup.database and bool(facts.of(host, CLIENT).database)


def readable(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """A dump of what lies encrypted, written where whoever carries the server away can read it."""
    seen, work = facts.of(host, CLIENT), answers.backup.work
    if dumps(answers, facts, host) and seen.crypt and not work.startswith(f"{seen.crypt}/"):
        what = (
            f"{work} is not on the encrypted volume {seen.crypt}: dumps of the database "
            "could be read off the disk"
        )
        yield Finding(host, what, f"set backup.work to {seen.crypt}/backup")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Account and folder on the backup host; key, programs, password, timers on the guest; first
    backup and check.
    """
    place = answers.backup_host
    if answers.backup.kind != "simple" or place is None:
        return
    yield from backup_place.shared(answers, facts)
    for host in guests(answers):
        seen = facts.of(host, CLIENT)
        yield from apt.install(
            facts, host, PACKAGES, "the backup program, and ssh to reach the repository"
        )
        yield from _files(answers, facts, host, seen)
        key = secrets.key(answers, seen)
        yield from backup_place.account(answers, facts, host, key, stage=1)
        if key:
            yield from _repository(answers, facts, host, seen)
            yield from _timers(answers, host, seen)
            yield from _first(answers, host, seen)
            yield from _check(host, seen)


def _files(answers: Answers, facts: Facts, host: str, seen: Client) -> Iterator[Command]:
    place = answers.backup_host
    assert place is not None
    if seen.daemon:
        yield Command(
            host,
            ("systemctl", "disable", "--now", "bacula-fd"),
            "the central backup of an earlier choice ends: its Director's jobs find nobody "
            "here; its backups stay",
            risk="a backup by Bacula that runs now is broken off",
            undo="systemctl enable --now bacula-fd",
        )
    yield from programs(seen.texts, host, PROGRAMS)
    yield from secrets.move(answers, host, seen)
    conf, key = f"{ETC}/backup.conf", secrets.key_file(answers, seen)
    text = settings(answers, host, place, secrets.password_file(answers, seen), key)
    why = "what is backed up, where to, and how long it is kept; holds no secret"
    yield from put(host, conf, seen.texts.get(conf), text, why, mode="600")
    line = backup_place.known_line(answers, facts)
    why = (
        "the backup host's key, read off it over the wizard's own checked connection: no "
        "other machine gets the data"
    )
    yield from put(host, KNOWN, seen.texts.get(KNOWN), line, why, mode="600")
    if not secrets.key(answers, seen):
        yield backup_place.make_key(host, f"backup@{guest(answers, host).name}", place, key)


def _repository(answers: Answers, facts: Facts, host: str, seen: Client) -> Iterator[Command]:
    place = answers.backup_host
    assert place is not None
    there = facts.of(place.short, PLACE).account(ACCOUNT + host).repository
    path, kept = secrets.password_file(answers, seen), secrets.has_password(answers, seen)
    if kept and there:
        return
    where = f"{place.short}:{answers.backup.path}/{ACCOUNT}{host}"
    if kept:
        why = "there is a password, and no repository yet: an empty one is made"
        yield Command(
            host, ("gw-restic", "init"), why, undo=f"rm -r the repository on {where}", stage=2
        )
        return
    label = f"password of {host}'s repository on {where}" + (
        " (it exists)" if there else " (keep a copy: see below)"
    )
    action = "cat config" if there else "init"
    yield Command(
        host,
        ("sh", "-c", KEEP_PASSWORD, "keep-password", path, action),
        f"{'opens' if there else 'makes'} the encrypted repository; the password is kept "
        f"in {path} for the timer",
        risk=(
            "without this password nobody can read the backups, not even you: keep it on "
            "paper, in another place"
        ),
        undo=f"rm {path}",
        prompts=(Prompt(f"backup-{host}", label, new=not there),),
        title=f"gw-restic {action}, with the password that is asked for",
        stage=2,
    )


def _timers(answers: Answers, host: str, seen: Client) -> Iterator[Command]:
    changed = False
    for path, text in units(answers).items():
        for command in put(
            host, path, seen.texts.get(path), text, "runs the backup by itself", stage=3
        ):
            changed = True
            yield command
    if changed or set(seen.timers) != set(TIMERS):
        names = " ".join(TIMERS)
        script = f"systemctl daemon-reload && systemctl enable {names} && systemctl restart {names}"
        yield Command(
            host,
            ("sh", "-c", script),
            f"a backup every day at {answers.backup.at}, a check of the repository every week",
            undo=f"systemctl disable --now {names}",
            title=f"systemctl enable --now {names}",
            stage=3,
        )


def fresh(answers: Answers, seen: Client) -> bool:
    """Whether the last backup is of the chosen kind, went well and is not older than two days."""
    last, age = seen.record("backup"), seen.age("backup", "last_good")
    return (
        last.get("ok") is True
        and last.get("kind") == answers.backup.kind
        and age is not None
        and age < OLD
    )


def _run(host: str, job: str, why: str, undo: str, stage: int, minutes: float) -> Command:
    """Run one of the timers' services now, and show the record that it leaves."""
    script = (
        f"rc=0; systemctl start gw-{job}.service || rc=$?; cat "
        f"/var/lib/ganeti-wizard/{job}.json; exit $rc"
    )
    return Command(
        host,
        ("sh", "-c", script),
        why,
        risk="loads disk and network of the guest, at low priority",
        undo=undo,
        kind=Kind.UNIT,
        title=f"systemctl start gw-{job}.service",
        stage=stage,
        minutes=minutes,
    )


def _first(answers: Answers, host: str, seen: Client) -> Iterator[Command]:
    if not fresh(answers, seen):
        why = (
            "the first backup, or a new one since the last did not go well; the timer "
            "makes the next ones"
        )
        yield _run(host, "backup", why, "gw-restic forget --prune latest", stage=4, minutes=3)


def _check(host: str, seen: Client) -> Iterator[Command]:
    if seen.record("backup-check").get("ok") is not True:
        why = (
            "reads the repository and a tenth of its data back; the timer does so every "
            "week with the next tenth"
        )
        yield _run(host, "backup-check", why, "none needed: it only reads", stage=5, minutes=1)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, the last backup and check went well, and the account can do nothing but
    sftp.
    """
    if answers.backup.kind != "simple" or answers.backup_host is None:
        return
    yield from not_done(plan(answers, facts))
    yield from backup_folders.nowhere(answers, facts)
    for host in guests(answers):
        seen = facts.of(host, CLIENT)
        yield from backup_folders.unreached(answers, facts, host)
        yield from secrets.in_the_clear(answers, host, seen)
        yield from backup_place.wrong(answers, facts, host)
        yield from unwell(host, seen)
        check = seen.record("backup-check")
        if check.get("ok") is False:
            what = f"the check of the repository found: {check.get('message')}"
            yield Finding(
                host, what, "gw-restic check --read-data there; the help page, A damaged repository"
            )


def unwell(host: str, seen: Client) -> Iterator[Finding]:
    """The last backup failed or is too old."""
    last, age = seen.record("backup"), seen.age("backup", "last_good")
    if last and last.get("ok") is not True:
        mend = (
            "mend that, then run this step; where the repository is damaged, as its help page says"
        )
        yield Finding(host, f"the last backup did not go well: {last.get('message')}", mend)
    if age is None or age >= OLD:
        what = (
            "there is no good backup yet"
            if age is None
            else f"the last good backup is {age // 3600} hours old"
        )
        yield Finding(host, what, "systemctl list-timers; journalctl -u gw-backup")


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
    minutes=5,
)
