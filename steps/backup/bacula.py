"""Central backup of the guests: Bacula's file daemon with TLS, Director and Storage on the backup
host (row 17).
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup import backup, bacula_client, bacula_server, gone
from steps.backup import place as backup_place
from steps.backup.bacula_client import client
from steps.backup.bacula_files import FOLDER, MARK
from steps.backup.bacula_foreign import clients, director_of, directors, hidden
from steps.backup.bacula_server import installs, server
from steps.backup.facts.backup import CLIENT
from steps.backup.facts.backupplace import PLACE
from steps.backup.facts.bacula import BACULA, CONFIGS, FD_CONFIG, Bacula
from steps.backup.folders import nowhere, unreached
from steps.backup.hosts import guest, guests, no_host, taking_part
from steps.common import apt
from steps.network.facts.names import CLOCK
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, not_done

MAX_SKEW = 120
"""Seconds that the clocks of a guest and the backup host may differ; looking at them takes some of
it itself.
"""


def chosen(answers: Answers) -> bool:
    """Whether this is the kind of backup that the answers want, and a host is named for it."""
    return answers.backup.kind == "central" and answers.backup_host is not None


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No host; somebody else's Director that the wizard would overwrite; locked volumes; clocks
    that differ.
    """
    if answers.backup.kind != "central":
        return
    yield from no_host(answers)
    backup_host = answers.backup_host
    if backup_host is None:
        return
    yield from gone.volumes(answers, facts, backup_host)
    for host in guests(answers):
        yield from backup_place.blockers(answers, facts, backup_host, host)
        yield from apt.blockers(facts, host, bacula_client.PACKAGES)
        yield from backup.locked(facts, host)
        yield from backup.readable(answers, facts, host)
        yield from _clock(facts, host, backup_host)
        yield from _guest(answers, facts, host)
    bacula = facts.of(backup_host.short, BACULA)
    if installs(answers):
        yield from apt.blockers(facts, backup_host.short, bacula_server.PACKAGES)
        yield from _foreign(bacula, backup_host)
    elif CONFIGS[0] not in bacula.texts:
        yield Finding(
            backup_host.short,
            what="there is no Director here, and the answers want resources for one that is",
            mend="choose backup.director = install",
        )
    else:
        yield from _other_name(answers, bacula, backup_host)


def _guest(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """Its file daemon serves another Director; or its database is to be dumped and does not say
    where it lies.
    """
    configuration = facts.of(host, BACULA).texts.get(FD_CONFIG, "")
    other = director_of(configuration, guest(answers, host).name, host)
    unread = hidden(configuration)
    if unread and not other:
        yield Finding(
            host,
            what=f"the Directors that its file daemon serves are {unread}",
            mend=f"write all that counts into {FD_CONFIG} itself; or choose backup.kind = simple",
        )
    if other:
        yield Finding(
            host,
            what=f"its file daemon serves the Director {other}, whose backups would end",
            mend=(
                f"when they may: take {other} out of {FD_CONFIG}; else choose backup.kind = simple"
            ),
        )
    if backup.dumps(answers, facts, host) and not facts.of(host, CLIENT).datadirs:
        yield Finding(
            host,
            what=(
                "the database does not answer, so it is not known which folder its dump stands for"
            ),
            mend="ganeti-wizard unlock when its volume is locked; systemctl start mariadb",
        )


def _foreign(bacula: Bacula, backup_host: Node) -> Iterator[Finding]:
    """A Director or a Storage daemon that somebody else set up, and that others may need."""
    names = (backup_host.name, backup_host.short)
    director = bacula.texts.get(CONFIGS[0], "")
    storage = bacula.texts.get(CONFIGS[1], "")
    count = max(bacula.clients, clients(director))
    if MARK not in director and count > 1:
        what = f"a Director with {count} clients works here"
    elif other := director_of(director, *names):
        what = f"the Director {other} works here"
    elif unread := hidden(director):
        what = f"a Director works here whose clients are {unread}"
    elif other := director_of(storage, *names):
        what = f"a Storage daemon of the Director {other} works here"
    elif unread := hidden(storage):
        what = f"a Storage daemon works here whose Directors are {unread}"
    else:
        return
    yield Finding(
        backup_host.short,
        what=f"{what}; its configuration would be replaced",
        mend="choose backup.director = print: then only resources are written beside it",
    )


def _other_name(answers: Answers, bacula: Bacula, backup_host: Node) -> Iterator[Finding]:
    """A Director that the instances would turn away, since the answers give it another name."""
    expected = answers.backup.director_name
    names = directors(bacula.texts[CONFIGS[0]])
    if names and expected not in names:
        yield Finding(
            backup_host.short,
            what=f"the Director here is {names[0]}, and the instances would admit {expected} alone",
            mend=f"set backup.director_name to {names[0]}",
        )


def _clock(facts: Facts, host: str, backup_host: Node) -> Iterator[Finding]:
    """A guest whose clock is behind refuses certificates that were made just now."""
    skew = facts.of(host, CLOCK) - facts.of(backup_host.short, CLOCK)
    if abs(skew) <= MAX_SKEW:
        return
    direction = "ahead of" if skew > 0 else "behind"
    yield Finding(
        host,
        what=f"its clock is {abs(skew)} s {direction} {backup_host.short}'s; TLS needs it right",
        mend="see that systemd-timesyncd or chrony runs on both: timedatectl; or date --set there",
    )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Packages and keys; certificates; configurations; then a first full backup. Three rounds,
    since each host must see what the other has made.
    """
    backup_host = answers.backup_host
    if not chosen(answers) or backup_host is None:
        return
    commands = list(server(answers, facts, backup_host))
    for host in guests(answers):
        commands += client(answers, facts, host, backup_host)
    yield from commands
    if not commands and installs(answers):
        yield from bacula_server.first_run(answers, facts, backup_host)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, and the last backup of each guest went well."""
    if not chosen(answers):
        return
    yield from not_done(plan(answers, facts))
    yield from nowhere(answers, facts)
    for host in guests(answers):
        yield from unreached(answers, facts, host)
        for finding in backup.unwell(host, facts.of(host, CLIENT)):
            yield _in_bacula(answers, finding)


def _in_bacula(answers: Answers, finding: Finding) -> Finding:
    """What is wrong with a backup, mended where Bacula makes it."""
    if not installs(answers):
        return Finding(
            finding.host,
            finding.what,
            mend=(
                f"include {FOLDER}/director.conf and storage*.conf as their first "
                "lines say, then run its job"
            ),
        )
    mend = finding.mend.replace("journalctl -u gw-backup", "bconsole: messages")
    return Finding(finding.host, finding.what, mend, finding.step)


STEP = Step(
    id="bacula",
    title="Central backup",
    reason=(
        "Where many machines are backed up, one Director knows all of them, and a guest that is "
        "broken into cannot remove its own backups."
    ),
    then=(
        'ClientRunBeforeJob = "/usr/local/bin/create_mysql_dump"; '
        'ClientRunAfterJob = "/bin/rm -f /var/lib/bacula/mysql.dump"'
    ),
    now=(
        "the same two lines in a job; file daemon, Director and Storage talk TLS with "
        "certificates made here"
    ),
    plan=plan,
    verify=verify,
    facts=(CLIENT, PLACE, BACULA, CLOCK, *apt.FACTS),
    needs=("instance", "backup"),
    blockers=blockers,
    hosts=lambda answers: taking_part(answers, "central"),
    minutes=6,
)
