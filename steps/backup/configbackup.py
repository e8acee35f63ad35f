"""The cluster's own configuration, every hour to the other servers and to the backup host (row 17)."""  # noqa: E501

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.backup import gone
from steps.backup import place as backup_place
from steps.backup.facts.backupplace import PLACE
from steps.backup.facts.configbackup import CONF, CONFIG_BACKUP, PROGRAM, TIMER, UNITS, ConfigBackup
from steps.backup.hosts import ACCOUNT, KNOWN, LIBRARY, STATE, put, ssh, template
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step, not_done, on_nodes

COPIES = 72
"""Different configurations kept of each node; each is some tens of KiB."""
LATE = 3 * 3600
"""Seconds without a good copy that count as missed."""


def hosts(answers: Answers) -> list[str]:
    """The servers, and the backup host when there is one."""
    place = answers.backup_host
    return [*on_nodes(answers), *([place.short] if place else [])]


def settings(answers: Answers, node: Node) -> str:
    """/etc/ganeti-wizard/config-backup.conf of a node."""
    place = answers.backup_host
    values = {
        "NODE": node.short,
        "DATA": "/var/lib/ganeti",
        "WORK": f"{STATE}/config",
        "KEEP": str(COPIES),
        "PEERS": " ".join(peer.name for peer in answers.nodes if peer is not node),
        "PLACE": f"{ACCOUNT}{node.short}@{place.ip}" if place else "",
        "SFTP": ssh(place, "sftp") if place else "",
    }
    head = "# Written by ganeti-wizard; read by gw-config-backup.\n"
    return head + "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def units() -> dict[str, str]:
    """Timer and service by path."""
    what = "Copies of the cluster's configuration (ganeti-wizard)"
    timer = f"[Unit]\nDescription={what}\n\n[Timer]\nOnCalendar=hourly\nPersistent=true\nRandomizedDelaySec=300\n\n"  # noqa: E501
    service = (
        f"[Unit]\nDescription={what}\n\n[Service]\nType=oneshot\nNice=10\nExecStart={PROGRAM}\n"
    )
    return {UNITS[0]: f"{timer}[Install]\nWantedBy=timers.target\n", UNITS[1]: service}


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nodes without a cluster; what the backup host lacks."""
    for node in answers.nodes:
        if not facts.of(node.short, CONFIG_BACKUP).cluster:
            what = "there is no /var/lib/ganeti/config.data: the node belongs to no cluster"
            yield Finding(node.short, what, "finish the step `node`")
        if answers.backup_host is not None:
            yield from backup_place.blockers(answers, facts, node.short)
    if answers.backup_host is not None:
        yield from backup_place.folder(answers, facts, answers.backup_host)
        yield from gone.copies(answers, facts, answers.backup_host)


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Program, settings and timer on each node, an account for each on the backup host, and a first
    copy.
    """
    place = answers.backup_host
    if place is not None:
        yield from backup_place.shared(answers, facts)
    for node in answers.nodes:
        seen = facts.of(node.short, CONFIG_BACKUP)
        yield from _files(answers, facts, node, seen)
        if place is not None:
            yield from backup_place.account(answers, facts, node.short, seen.key, stage=1)
        if place is None or seen.key:
            yield from _timer(node.short, seen)


def _files(answers: Answers, facts: Facts, node: Node, seen: ConfigBackup) -> Iterator[Command]:
    place, host = answers.backup_host, node.short
    texts = {LIBRARY: (template("common"), "644"), PROGRAM: (template("gw-config-backup"), "755")}
    texts[CONF] = settings(answers, node), "600"
    if place is not None:
        texts[KNOWN] = backup_place.known_line(answers, facts), "600"
    for path, (text, mode) in texts.items():
        yield from put(
            host, path, seen.texts.get(path), text, "hourly copies of the configuration", mode=mode
        )
    if place is not None and not seen.key:
        yield backup_place.make_key(host, f"config@{node.name}", place)


def _timer(host: str, seen: ConfigBackup) -> Iterator[Command]:
    changed = False
    for path, text in units().items():
        for command in put(
            host, path, seen.texts.get(path), text, "runs the copies by themselves", stage=2
        ):
            changed = True
            yield command
    if changed or not seen.timer:
        script = f"systemctl daemon-reload && systemctl enable {TIMER} && systemctl restart {TIMER}"
        why = "a copy every hour, when something has changed"
        undo = f"systemctl disable --now {TIMER}"
        argv = ("sh", "-c", script)
        yield Command(host, argv, why, undo=undo, title=f"systemctl enable --now {TIMER}", stage=2)
    if seen.record.get("ok") is not True or seen.age is None or seen.age >= LATE:
        script = (
            "rc=0; systemctl start gw-config-backup.service || rc=$?; cat "
            f"{STATE}/config-backup.json; exit $rc"
        )
        yield Command(
            host,
            ("sh", "-c", script),
            "the first copy, or a new one since the last is old or did not reach every place",
            risk="the copies hold the cluster's keys; they are root's alone, mode 600",
            undo=f"rm {STATE}/config/{host}-*",
            kind=Kind.UNIT,
            title="systemctl start gw-config-backup.service",
            stage=3,
            minutes=0.3,
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do, and the last copies reached every place."""
    yield from not_done(plan(answers, facts))
    for node in answers.nodes:
        seen = facts.of(node.short, CONFIG_BACKUP)
        if answers.backup_host is not None:
            yield from backup_place.wrong(answers, facts, node.short)
        if seen.record and seen.record.get("ok") is not True:
            what = f"the last copy of the configuration failed: {seen.record.get('message')}"
            yield Finding(
                node.short, what, "mend that, then run this step; journalctl -u gw-config-backup"
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
        "an hourly timer on each node: config.data, ssconf, certificates, to the other "
        "nodes and the backup host"
    ),
    plan=plan,
    verify=verify,
    facts=(CONFIG_BACKUP, PLACE),
    needs=("node",),
    blockers=blockers,
    hosts=hosts,
    minutes=1,
)
