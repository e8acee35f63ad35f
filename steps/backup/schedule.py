"""What runs a simple backup by itself, and the first run of it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup.facts.backup import TIMERS, Client
from steps.backup.hosts import STATE
from steps.common import units
from steps.common.files import put
from wizard.answers import Answers
from wizard.model.step import Command, Kind

OLD = 2 * 86400
"""Seconds after which the last good backup counts as missed."""
BACKUP = "Backup of this machine (ganeti-wizard)"
CHECK = "Check of the backup repository (ganeti-wizard)"


def _service(description: str, program: str) -> str:
    return (
        f"[Unit]\nDescription={description}\nWants=network-online.target\n"
        "After=network-online.target mariadb.service\n\n"
        "[Service]\nType=oneshot\nNice=10\nIOSchedulingClass=idle\n"
        f"ExecStart=/usr/local/sbin/{program}\n"
    )


def unit_files(answers: Answers) -> dict[str, str]:
    """Services and timers by path: a backup every day, a check two hours after Sunday's."""
    hour, minute = answers.backup.at.split(":")
    check_at = f"Sun {(int(hour) + 2) % 24:02}:{minute}:00"
    texts = {
        "gw-backup.service": _service(BACKUP, "gw-backup"),
        "gw-backup.timer": units.timer(BACKUP, f"*-*-* {answers.backup.at}:00", 120),
        "gw-backup-check.service": _service(CHECK, "gw-backup-check"),
        "gw-backup-check.timer": units.timer(CHECK, check_at, 120),
    }
    return {f"{units.FOLDER}/{name}": text for name, text in texts.items()}


def timers(answers: Answers, host: str, client: Client) -> Iterator[Command]:
    """The timers, written and counting."""
    written: list[Command] = []
    for path, text in unit_files(answers).items():
        written += put(
            host, path, text, "runs the backup by itself", now=client.texts.get(path), stage=3
        )
    yield from written
    if written or set(client.timers) != set(TIMERS):
        yield units.start_timers(
            host,
            TIMERS,
            f"a backup every day at {answers.backup.at}, a check of the repository every week",
            counted=client.timers,
            stage=3,
        )


def fresh(answers: Answers, client: Client) -> bool:
    """Whether the last backup is of the chosen kind, went well and is not older than two days."""
    last = client.record("backup")
    age = client.age("backup", "last_good")
    is_good = last.get("ok") is True and last.get("kind") == answers.backup.kind
    return is_good and age is not None and age < OLD


def run_now(
    host: str, job: str, why: str, *, risk: str, undo: str, stage: int, minutes: float
) -> Command:
    """Run one of the timers' services now, and show the record that it leaves."""
    service = f"gw-{job}.service"
    return Command(
        host,
        (
            "sh",
            "-c",
            f"rc=0; systemctl start {service} || rc=$?; cat {STATE}/{job}.json; exit $rc",
        ),
        why,
        risk=risk,
        undo=undo,
        kind=Kind.UNIT,
        title=f"systemctl start {service}",
        stage=stage,
        minutes=minutes,
    )


def first_run(answers: Answers, host: str, client: Client) -> Iterator[Command]:
    """A backup and a check now, where the last one is old or did not go well."""
    risk = "loads disk and network of the guest, at low priority"
    if not fresh(answers, client):
        yield run_now(
            host,
            "backup",
            "the first backup, or a new one since the last did not go well; the timer "
            "makes the next ones",
            risk=risk,
            undo="none needed: one more backup",
            stage=4,
            minutes=3,
        )
    if client.record("backup-check").get("ok") is not True:
        yield run_now(
            host,
            "backup-check",
            "reads the repository and a tenth of its data back; the timer does so every "
            "week with the next tenth",
            risk=risk,
            undo="none needed: it only reads",
            stage=5,
            minutes=1,
        )
