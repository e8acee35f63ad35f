"""A backup never restored is none: restore the last one into a scratch place, compare, count rows
(row 17).
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup.backup import fresh
from steps.backup.facts.backup import CLIENT, Client
from steps.backup.hosts import PROGRAMS, guests, taking_part, template
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step

AGAIN = 35 * 86400
"""Seconds after which a restore test no longer says anything about today's backups."""
TEST = """exec gw-restore-test $1"""
NOT_RESTORED = 3
"""What RESTORE ends with when the Director's job went wrong: no stop, the instance cleans up and
notes it next.
"""
RESTORE = """set -e; out=$(mktemp); trap 'rm -f "$out"' EXIT
what="restore client=$1-fd restoreclient=$1-fd restorejob=$1-restore where=$2 select current all done yes"
printf '%s\\nwait\\nmessages\\n' "$what" | bconsole | tee "$out"
grep -q 'Termination: *Restore OK' "$out" && exit 0
echo "the Director did not restore the backup; $1 cleans up and says so" >&2; exit 3"""  # noqa: E501


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """There is a good backup to restore, by programs of this version, and its folders are mounted
    to compare with.
    """
    name = "backup" if answers.backup.kind == "simple" else "bacula"
    for host in guests(answers) if taking_part(answers, "simple", "central") else ():
        seen = facts.of(host, CLIENT)
        stale = any(seen.texts.get(path) != template(text) for path, (text, _) in PROGRAMS.items())
        if stale and not current(answers, seen):
            what = "the programs of the backup are not those of this version of the wizard"
            yield Finding(host, what, f"finish the step `{name}`")
        if not fresh(answers, seen):
            what = "there is no good backup of the last two days to restore"
            yield Finding(host, what, f"finish the step `{name}`")
        for mount in seen.locked:
            what = f"{mount} is not mounted, so its backup cannot be compared with it"
            yield Finding(host, what, "unlock and mount it")


def current(answers: Answers, seen: Client) -> bool:
    """Whether the last restore test was of the chosen kind of backup, went well and is recent."""
    last, age = seen.record("restore-test"), seen.age("restore-test")
    return (
        last.get("ok") is True
        and last.get("kind") == answers.backup.kind
        and age is not None
        and age < AGAIN
    )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Restore and compare, on each guest whose last test is old, failed or missing."""
    place = answers.backup_host
    if answers.backup.kind == "none" or place is None:
        return
    scratch = f"{answers.backup.work}/restore-test"
    for host in guests(answers):
        if current(answers, facts.of(host, CLIENT)):
            continue
        if answers.backup.kind == "central":
            yield Command(
                host,
                ("sh", "-c", TEST, "restore-test", "room"),
                "what an earlier test left behind must not pass for this backup, and a full disk "
                "stops the database: without enough room nothing is restored",
                undo="none needed: what is removed is a copy",
                kind=Kind.UNIT,
                title="gw-restore-test room",
            )
            yield Command(
                place.short,
                ("sh", "-c", RESTORE, "restore", host, scratch),
                f"the Director restores the last backup of {host} into {scratch} there",
                risk=f"fills {scratch} on {host}; nothing in use is touched",
                undo=f"rm -r {scratch} on {host}",
                kind=Kind.UNIT,
                title=f"bconsole: restore client={host}-fd where={scratch}",
                stage=1,
                ok=(0, NOT_RESTORED),
                minutes=3,
            )
        mode = "compare" if answers.backup.kind == "central" else ""
        yield Command(
            host,
            ("sh", "-c", TEST, "restore-test", mode),
            "compares files byte by byte, loads the dump into a database server of its own "
            "and counts the rows",
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
    for host in guests(answers) if taking_part(answers, "simple", "central") else ():
        last = facts.of(host, CLIENT).record("restore-test")
        if not last:
            yield Finding(host, "the backup has never been restored", "run this step")
        elif last.get("ok") is not True:
            yield Finding(
                host,
                f"the restore test found: {last.get('message')}",
                "mend that, back up, run this step",
            )
        elif not current(answers, facts.of(host, CLIENT)):
            yield Finding(
                host,
                "the last restore test is older than five weeks, or of another kind of backup",
                "run this step",
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
    hosts=lambda answers: taking_part(answers, "simple", "central"),
    minutes=4,
)
