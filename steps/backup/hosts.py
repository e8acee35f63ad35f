"""Who takes part in a backup, and what its steps share: guests, the backup host, its account for
each client.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from steps.common import files
from wizard.answers import Answers, Instance, Node
from wizard.model.step import Command, Finding

ETC = "/etc/ganeti-wizard"
STATE = "/var/lib/ganeti-wizard"
ACCOUNT = "backup-"
GROUP = "gw-backup"
REPOSITORY = "repo"
HEARTBEAT = "heartbeat.json"
"""What each server leaves in its folder on the backup host every hour (gw-config-backup)."""
KEY = f"{ETC}/backup.key"
NAME = "/ganeti-wizard/backup.password"
"""The password's place below /etc, or on an encrypted volume."""
CLEAR = f"/etc{NAME}"
KNOWN = f"{ETC}/backup.known_hosts"
KEYS = "/etc/ssh/gw-backup"
SSHD = "/etc/ssh/sshd_config.d/20-ganeti-wizard-backup.conf"
LIBRARY = "/usr/local/lib/ganeti-wizard/backup.sh"
PROGRAMS = {
    LIBRARY: ("common", "644"),
    "/usr/local/bin/create_mysql_dump": ("create_mysql_dump", "755"),
    "/usr/local/sbin/gw-restore-test": ("gw-restore-test", "755"),
}
"""Path on the guest → (our template, mode): what every kind of backup needs."""


def template(name: str, folder: str = "backup") -> str:
    """The text of one of our programs."""
    return files.template(f"{folder}/{name}.sh")


def guest(answers: Answers, host: str) -> Instance:
    """The instance that a host of the build is; KeyError when it is none."""
    return {instance.short: instance for instance in answers.instance.wanted}[host]


def guests(answers: Answers) -> list[str]:
    """All wanted instances as hosts of the build."""
    return [instance.short for instance in answers.instance.wanted]


def taking_part(answers: Answers, *kinds: str) -> list[str]:
    """Guests and backup host when the chosen kind is among `kinds`, else nobody."""
    if answers.backup.kind not in kinds:
        return []
    hosts = guests(answers)
    if answers.backup_host is not None:
        hosts.append(answers.backup_host.short)
    return hosts


def no_host(answers: Answers) -> Iterator[Finding]:
    """A backup is wanted and no host was named for it."""
    if answers.backup_host is None:
        yield Finding(
            answers.first.short,
            what="no backup host is named, and a backup beside its original is none",
            mend=(
                "name a backup host, in another place than the servers, or choose the kind "
                "`none` and see to it otherwise"
            ),
        )


def settings(
    answers: Answers,
    client: str,
    backup_host: Node | None,
    password: str = "/nowhere",
    key: str = KEY,
) -> str:
    """/etc/ganeti-wizard/backup.conf of a guest: assignments for our programs.

    DATABASE is the operator's wish alone: whether there is a database the programs see at each run.
    `password` and `key` are files of the guest that a simple backup needs.
    """
    backup = answers.backup
    values = {
        "KIND": backup.kind,
        "FOLDERS": " ".join(backup.folders),
        "DATABASE": "yes" if backup.database else "no",
        "WORK": backup.work,
        "DUMP": f"{backup.work}/mysql.dump",
        "PASSWORD": password,
    }
    if backup.kind == "simple" and backup_host is not None:
        login = f"{ACCOUNT}{client}@{backup_host.ip}"
        values["REPOSITORY"] = f"sftp:{login}:/{REPOSITORY}"
        values["SFTP"] = f"{ssh(backup_host, key=key)} {login} -s sftp"
        values["KEEP"] = (
            f"--keep-daily {backup.keep_daily} --keep-weekly {backup.keep_weekly}"
            f" --keep-monthly {backup.keep_monthly}"
        )
    return assignments("its backup programs", values)


def assignments(readers: str, values: Mapping[str, str]) -> str:
    """A file of settings that a shell reads, and who reads it."""
    lines = [f"# Written by ganeti-wizard; read by {readers}.\n"]
    for name, value in values.items():
        lines.append(f"{name}={shlex.quote(value)}\n")
    return "".join(lines)


def ssh(backup_host: Node, program: str = "ssh", key: str = KEY) -> str:
    """The command line of ssh or sftp to the backup host: our key, its pinned host key, no settings
    of the operator.
    """
    words = [program, "-F", "none", "-i", key]
    for option in (
        "IdentitiesOnly=yes",
        f"UserKnownHostsFile={KNOWN}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        "ConnectTimeout=20",
        "ServerAliveInterval=30",
        f"Port={port(backup_host)}",
    ):
        words += ["-o", option]
    return shlex.join(words)


def port(backup_host: Node) -> int:
    """Where sshd of the backup host listens for its clients: the wizard's own port when it comes by
    that address.
    """
    if backup_host.ssh.host in ("", str(backup_host.ip)):
        return backup_host.ssh.port
    return 22


def programs(
    texts: Mapping[str, str], host: str, more: Mapping[str, tuple[str, str]]
) -> Iterator[Command]:
    """Our programs on a guest: those that every kind needs, and `more`; `texts` are there now."""
    for path, (name, mode) in {**PROGRAMS, **more}.items():
        yield from files.put(
            host,
            path,
            template(name),
            "a program of the backup",
            now=texts.get(path),
            mode=mode,
        )
