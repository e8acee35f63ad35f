"""Who takes part in a backup, and what its steps share: guests, the backup host, its account for
each client.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from wizard.answers import Answers, Instance, Node
from wizard.model.step import Command, Finding, write_file

ETC = "/etc/ganeti-wizard"
STATE = "/var/lib/ganeti-wizard"
ACCOUNT = "backup-"
GROUP = "gw-backup"
REPOSITORY = "repo"
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


@cache
def template(name: str, folder: str = "backup") -> str:
    """The text of one of our programs."""
    return (resources.files("assets") / "templates" / folder / f"{name}.sh").read_text(
        encoding="utf-8"
    )


def short(one: Instance) -> str:
    """The name of an instance as a host of the build: its first label."""
    return one.name.partition(".")[0]


def guest(answers: Answers, host: str) -> Instance:
    """The instance that a host of the build is; KeyError when it is none."""
    return {short(one): one for one in answers.instance.wanted}[host]


def guests(answers: Answers) -> list[str]:
    """All wanted instances as hosts of the build."""
    return [short(one) for one in answers.instance.wanted]


def taking_part(answers: Answers, *kinds: str) -> list[str]:
    """Guests and backup host when the chosen kind is among `kinds`, else nobody."""
    if answers.backup.kind not in kinds:
        return []
    host = answers.backup_host
    return [*guests(answers), *([host.short] if host else [])]


def no_host(answers: Answers) -> Iterator[Finding]:
    """A backup is wanted and no host was named for it."""
    if answers.backup_host is None:
        mend = (
            "name a backup host, in another place than the servers, or choose the kind "
            "`none` and see to it otherwise"
        )
        yield Finding(
            answers.master.short,
            "no backup host is named, and a backup beside its original is none",
            mend,
        )


def settings(
    answers: Answers, name: str, place: Node | None, password: str = "/nowhere", key: str = KEY
) -> str:
    """/etc/ganeti-wizard/backup.conf of a guest: assignments for our programs.

    DATABASE is the operator's wish alone: whether there is a database the programs see at each run.
    `password` and `key` are files of the guest that a simple backup needs.
    """
    backup = answers.backup
    account = f"{ACCOUNT}{name}"
    values = {
        "KIND": backup.kind,
        "FOLDERS": " ".join(backup.folders),
        "DATABASE": "yes" if backup.database else "no",
        "WORK": backup.work,
        "DUMP": f"{backup.work}/mysql.dump",
        "PASSWORD": password,
    }
    if backup.kind == "simple" and place is not None:
        values |= {
            "REPOSITORY": f"sftp:{account}@{place.ip}:/{REPOSITORY}",
            "SFTP": f"{ssh(place, key=key)} {account}@{place.ip} -s sftp",
            "KEEP": f"--keep-daily {backup.keep_daily} --keep-weekly {backup.keep_weekly}"
            f" --keep-monthly {backup.keep_monthly}",
        }
    head = "# Written by ganeti-wizard; read by its backup programs.\n"
    return head + "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def ssh(place: Node, program: str = "ssh", key: str = KEY) -> str:
    """The command line of ssh or sftp to the backup host: our key, its pinned host key, no settings
    of the operator.
    """
    options = (
        "IdentitiesOnly=yes",
        f"UserKnownHostsFile={KNOWN}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        "ConnectTimeout=20",
        "ServerAliveInterval=30",
    )
    words = [program, "-F", "none", "-i", key, *(word for one in options for word in ("-o", one))]
    return shlex.join([*words, "-o", f"Port={port(place)}"])


def port(place: Node) -> int:
    """Where sshd of the backup host listens for its clients: the wizard's own port when it comes by
    that address.
    """
    return place.ssh.port if place.ssh.host in ("", str(place.ip)) else 22


def put(
    host: str,
    path: str,
    seen: str | None,
    text: str,
    why: str,
    *,
    mode: str = "644",
    stage: int = 0,
) -> Iterator[Command]:
    """A file that must hold exactly this text; nothing when it does."""
    if seen != text:
        yield write_file(host, path, text, why, mode=mode, undo=f"rm {path}", stage=stage)


def programs(
    seen: Mapping[str, str], host: str, more: Mapping[str, tuple[str, str]]
) -> Iterator[Command]:
    """Our programs on a guest: those that every kind needs, and `more`."""
    for path, (name, mode) in {**PROGRAMS, **more}.items():
        yield from put(
            host, path, seen.get(path), template(name), "a program of the backup", mode=mode
        )
