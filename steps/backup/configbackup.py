"""The cluster's own configuration, every hour to the other servers and to the backup host.

With it goes what a recovery asks for when the operator's machine is gone too: the answers, and on
the backup host an hourly sign of life of each server.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup import gone
from steps.backup import place as backup_place
from steps.backup.admission import shut_out
from steps.backup.facts.backupplace import PLACE
from steps.backup.facts.configbackup import CONF, CONFIG_BACKUP, PROGRAM, TIMER, UNITS, ConfigBackup
from steps.backup.facts.kit import ANSWERS, HELD, WIZARD
from steps.backup.hosts import ACCOUNT, KNOWN, LIBRARY, STATE, assignments, ssh, template
from steps.backup.schedule import run_now
from steps.common import units
from steps.common.files import put
from steps.ganeti.acting import answering, silent
from wizard.answers import Answers, Node
from wizard.answers.documents import write
from wizard.base import program
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step, not_done, on_nodes
from wizard.model.write import write_file

COPIES = 72
"""Different configurations kept of each node; each is some tens of KiB."""
TAKE = """set -e; umask 077; mkdir -p "${1%/*}"; cat >"$1.gw-new"
echo "$2  $1.gw-new" | sha256sum -c --status || { echo "came incomplete"; exit 1; }
chmod 755 "$1.gw-new"; sync "$1.gw-new"; mv -f "$1.gw-new" "$1\""""
LATE = 3 * 3600
"""Seconds without a good copy that count as missed."""


def hosts(answers: Answers) -> list[str]:
    """The servers, and the backup host when there is one."""
    names = list(on_nodes(answers))
    if answers.backup_host is not None:
        names.append(answers.backup_host.short)
    return names


def settings(answers: Answers, node: Node) -> str:
    """/etc/ganeti-wizard/config-backup.conf of a node."""
    backup_host = answers.backup_host
    values = {
        "NODE": node.short,
        "DATA": "/var/lib/ganeti",
        "WORK": f"{STATE}/config",
        "ANSWERS": ANSWERS,
        "KEEP": str(COPIES),
        "PEERS": " ".join(peer.name for peer in answers.nodes if peer is not node),
        "PLACE": "",
        "SFTP": "",
    }
    if backup_host is not None:
        values["PLACE"] = f"{ACCOUNT}{node.short}@{backup_host.ip}"
        values["SFTP"] = ssh(backup_host, "sftp")
    return assignments("gw-config-backup", values)


def unit_files() -> dict[str, str]:
    """Timer and service by path."""
    description = "Copies of the cluster's configuration (ganeti-wizard)"
    service = (
        f"[Unit]\nDescription={description}\n\n"
        f"[Service]\nType=oneshot\nNice=10\nExecStart={PROGRAM}\n"
    )
    return {UNITS[0]: units.timer(description, "hourly", 300), UNITS[1]: service}


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nodes without a cluster; what the backup host lacks."""
    backup_host = answers.backup_host
    for node in answering(answers, facts):
        if not facts.of(node.short, CONFIG_BACKUP).cluster:
            yield Finding(
                node.short,
                what="there is no /var/lib/ganeti/config.data: the node belongs to no cluster",
                step="node",
            )
        if backup_host is not None:
            yield from backup_place.blockers(answers, facts, backup_host, node.short)
            yield from shut_out(facts, backup_host, node.short)
    if backup_host is not None:
        yield from backup_place.folder(facts, backup_host)
        yield from gone.copies(answers, facts, backup_host)


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Program, settings and timer on each node, an account for each on the backup host, and a first
    copy.
    """
    backup_host = answers.backup_host
    if backup_host is not None:
        yield from backup_place.shared(answers, facts, backup_host)
        yield from _kit(answers, facts, backup_host.short)
    for node in answering(answers, facts):
        known = facts.of(node.short, CONFIG_BACKUP)
        yield from _kit(answers, facts, node.short)
        yield from _files(answers, facts, node, known)
        if backup_host is not None:
            yield from backup_place.account(
                answers, facts, backup_host, node.short, known.key, stage=1
            )
        if backup_host is None or known.key:
            yield from _timer(node.short, known)
            yield from _first_run(node.short, known)


def _kit(answers: Answers, facts: Facts, host: str) -> Iterator[Command]:
    held = facts.of(host, HELD)
    file = program.one_file()
    if file is not None and program.digest() and not held.program:
        yield Command(
            host,
            ("sh", "-c", TAKE, "take-program", WIZARD, program.digest()),
            why="this program in one file, for whoever has to go on from another machine",
            undo=f"rm {WIZARD}: what was there before is not kept",
            send=str(file),
            title=f"put this program there: {WIZARD}",
            minutes=0.3,
        )
    if not held.answers:
        yield write_file(
            host,
            ANSWERS,
            write(answers),
            why="the answers of this build, for whoever has to go on from another machine",
            mode="600",
        )


def _files(answers: Answers, facts: Facts, node: Node, known: ConfigBackup) -> Iterator[Command]:
    backup_host = answers.backup_host
    texts = {
        LIBRARY: (template("common"), "644"),
        PROGRAM: (template("gw-config-backup"), "755"),
        CONF: (settings(answers, node), "600"),
    }
    if backup_host is not None:
        texts[KNOWN] = (backup_place.known_line(facts, backup_host), "600")
    for path, (text, mode) in texts.items():
        yield from put(
            node.short,
            path,
            text,
            "hourly copies of the configuration",
            now=known.texts.get(path),
            mode=mode,
        )
    if backup_host is not None and not known.key:
        yield backup_place.make_key(node.short, f"config@{node.name}", backup_host)


def _timer(host: str, known: ConfigBackup) -> Iterator[Command]:
    written: list[Command] = []
    for path, text in unit_files().items():
        written += put(
            host, path, text, "runs the copies by themselves", now=known.texts.get(path), stage=2
        )
    yield from written
    if written or not known.timer:
        yield units.start_timers(
            host,
            (TIMER,),
            "a copy every hour, when something has changed",
            counted=(TIMER,) if known.timer else (),
            stage=2,
        )


def _first_run(host: str, known: ConfigBackup) -> Iterator[Command]:
    if known.record.get("ok") is True and known.age is not None and known.age < LATE:
        return
    yield run_now(
        host,
        "config-backup",
        "the first copy, or a new one since the last is old or did not reach every place",
        risk="the copies hold the cluster's keys; they are root's alone, mode 600",
        undo="none needed: one more copy",
        stage=3,
        minutes=0.3,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, and the last copies reached every place."""
    yield from not_done(plan(answers, facts))
    yield from silent(answers, facts)
    for node in answering(answers, facts):
        if answers.backup_host is not None:
            yield from backup_place.wrong(facts, answers.backup_host, node.short)
        record = facts.of(node.short, CONFIG_BACKUP).record
        if record and record.get("ok") is not True:
            yield Finding(
                node.short,
                what=f"the last copy of the configuration failed: {record.get('message')}",
                mend="mend what journalctl -u gw-config-backup says",
                step=THIS_STEP,
            )


STEP = Step(
    id="configbackup",
    title="Copies of the cluster's configuration",
    reason=(
        "A node that is lost is built anew from the cluster's configuration: instances, disks, "
        "ports, secrets. It is a small file, and it is worth a copy every hour in two other "
        "places."
    ),
    then=(
        "not in the article; Ganeti's gnt-config-backup example does it into git on the "
        "same machine"
    ),
    now=(
        "an hourly timer on each node: config.data, ssconf, certificates and the answers, to the "
        "other nodes and the backup host, which gets a sign of life as well"
    ),
    plan=plan,
    verify=verify,
    facts=(CONFIG_BACKUP, PLACE, HELD),
    needs=("node",),
    blockers=blockers,
    hosts=hosts,
    may_miss=on_nodes,
    minutes=1,
)
