"""A backup never restored is none: restore the last one into a scratch place, compare, count rows
(row 17).
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup.backup import readable
from steps.backup.facts.backup import CLIENT, Client
from steps.backup.hosts import PROGRAMS, guests, taking_part, template
from steps.backup.schedule import fresh
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Kind, Step

AGAIN = 35 * 86400
"""Seconds after which a restore test no longer says anything about today's backups."""
TEST = """exec gw-restore-test $1"""
NOT_RESTORED = 3
"""What RESTORE ends with when the Director's job went wrong: no stop, the instance cleans up and
notes it next.
"""
RESTORE = """set -e; out=$(mktemp); trap 'rm -f "$out"' EXIT
what="restore client=$1-fd restoreclient=$1-fd restorejob=$1-restore where=$2 \
select current all done yes"
printf '%s\\nwait\\nmessages\\n' "$what" | bconsole | tee "$out"
grep -q 'Termination: *Restore OK' "$out" && exit 0
echo "the Director did not restore the backup; $1 cleans up and says so" >&2; exit 3"""


def hosts(answers: Answers) -> list[str]:
    """Guests and backup host, whatever kind of backup is made."""
    return taking_part(answers, "simple", "central")


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """There is a good backup to restore, by programs of this version, and its folders are mounted
    to compare with.
    """
    if not hosts(answers):
        return
    backup_step = "backup" if answers.backup.kind == "simple" else "bacula"
    for host in guests(answers):
        client = facts.of(host, CLIENT)
        if _other_version(client) and not current(answers, client):
            yield Finding(
                host,
                what="the programs of the backup are not those of this version of the wizard",
                step=backup_step,
            )
        if not fresh(answers, client):
            yield Finding(
                host,
                what="there is no good backup of the last two days to restore",
                step=backup_step,
            )
        yield from readable(answers, facts, host)
        for mount in client.locked:
            yield Finding(
                host,
                what=f"{mount} is not mounted, so its backup cannot be compared with it",
                mend="unlock and mount it",
            )


def _other_version(client: Client) -> bool:
    return any(client.texts.get(path) != template(name) for path, (name, _) in PROGRAMS.items())


def current(answers: Answers, client: Client) -> bool:
    """Whether the last restore test was of the chosen kind of backup, went well and is recent."""
    last = client.record("restore-test")
    age = client.age("restore-test")
    is_good = last.get("ok") is True and last.get("kind") == answers.backup.kind
    return is_good and age is not None and age < AGAIN


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Restore and compare, on each guest whose last test is old, failed or missing."""
    backup_host = answers.backup_host
    if answers.backup.kind == "none" or backup_host is None:
        return
    scratch = f"{answers.backup.work}/restore-test"
    for host in guests(answers):
        if current(answers, facts.of(host, CLIENT)):
            continue
        if answers.backup.kind == "central":
            yield from _restore_by_bacula(backup_host.short, host, scratch)
            yield _test(host, scratch, mode="compare")
        else:
            yield _test(host, scratch, mode="")


def _restore_by_bacula(director: str, host: str, scratch: str) -> Iterator[Command]:
    yield Command(
        host,
        ("sh", "-c", TEST, "restore-test", "room"),
        why=(
            "what an earlier test left behind must not pass for this backup, and a full disk "
            "stops the database: without enough room nothing is restored"
        ),
        undo="none needed: what is removed is a copy",
        kind=Kind.UNIT,
        title="gw-restore-test room",
    )
    yield Command(
        director,
        ("sh", "-c", RESTORE, "restore", host, scratch),
        why=f"the Director restores the last backup of {host} into {scratch} there",
        risk=f"fills {scratch} on {host}; nothing in use is touched",
        undo="none needed: a copy, which the test removes",
        kind=Kind.UNIT,
        title=f"bconsole: restore client={host}-fd where={scratch}",
        stage=1,
        ok=(0, NOT_RESTORED),
        minutes=3,
    )


def _test(host: str, scratch: str, *, mode: str) -> Command:
    return Command(
        host,
        ("sh", "-c", TEST, "restore-test", mode),
        why=(
            "compares files byte by byte, loads the dump into a database server of its own "
            "and counts the rows"
        ),
        risk=(
            f"needs room in {scratch} and some memory for a while; the database in use "
            "is not touched"
        ),
        undo="none needed: it cleans up",
        kind=Kind.UNIT,
        title=f"gw-restore-test {mode}".strip(),
        stage=2,
        minutes=3,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The last test of each guest went well."""
    if not hosts(answers):
        return
    for host in guests(answers):
        client = facts.of(host, CLIENT)
        last = client.record("restore-test")
        if not last:
            yield Finding(host, what="the backup has never been restored", step=THIS_STEP)
        elif last.get("ok") is not True:
            yield Finding(
                host,
                what=f"the restore test found: {last.get('message')}",
                mend="mend that; back up",
                step=THIS_STEP,
            )
        elif not current(answers, client):
            yield Finding(
                host,
                what=(
                    "the last restore test is older than five weeks, or of another kind of backup"
                ),
                step=THIS_STEP,
            )


STEP = Step(
    id="restoretest",
    title="Restore the backup once",
    reason=(
        "A backup that was never restored is a hope. This restores the last one beside the "
        "original, compares files, loads the dump into a database of its own and counts the rows."
    ),
    then="the article leaves it to the reader",
    now=(
        "gw-restore-test on the guest; with Bacula the Director restores first; run it "
        "again every month"
    ),
    plan=plan,
    verify=verify,
    facts=(CLIENT,),
    needs=("backup", "bacula"),
    blockers=blockers,
    hosts=hosts,
    minutes=4,
)
