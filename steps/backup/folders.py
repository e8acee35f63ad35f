"""Which folders of the guests are backed up: what lies encrypted must be among them, and what is
missing is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steps.backup.facts.backup import CLIENT
from steps.backup.hosts import guest, guests
from steps.common.volume_layout import mounts
from wizard.answers import Answers, Backup
from wizard.model.facts import Facts
from wizard.model.step import Finding

DATADIR = "/var/lib/mysql"
"""Where Debian's packages of MariaDB and MySQL put their data."""
USUAL = tuple(Backup().folders)
"""Folders that an instance may lack."""


def protected(answers: Answers, facts: Facts, host: str) -> list[tuple[str, ...]]:
    """Mount points of the guest's encrypted volume, its own first: as they are there, and as they
    are decided.
    """
    layouts = [facts.of(host, CLIENT).volume]
    for volume in answers.vault.volumes:
        if volume.kind != "none" and volume.short == host:
            layouts.append(mounts(volume))
    # Mostly the decided one is there, and counts once.
    return list(dict.fromkeys(filter(None, layouts)))


def suggested(answers: Answers, facts: Facts) -> list[str]:
    """The usual folders, and the encrypted volumes that are none of them: no backup goes beyond a
    file system.
    """
    folders = list(USUAL)
    for host in guests(answers):
        for mount, *_ in protected(answers, facts, host):
            if mount not in folders:
                folders.append(mount)
    return folders


def _reached(folders: Sequence[str], mount: str, path: str) -> bool:
    """Whether a folder holds what lies on the volume for a path: by its own name, or from the
    volume's side.
    """
    if path in folders:
        return True
    on_volume = path if path == mount else f"{mount}{path}"
    for folder in folders:
        is_on_volume = f"{folder}/".startswith(f"{mount}/")
        if is_on_volume and f"{on_volume}/".startswith(f"{folder}/"):
            return True
    return False


def unreached(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """Encrypted data that lies in none of the folders; the dump stands for a database's own."""
    dumped: set[str] = set()
    if answers.backup.database:
        dumped = {DATADIR, *facts.of(host, CLIENT).datadirs}
    for mount, *paths in protected(answers, facts, host):
        undumped = [path for path in paths if path not in dumped]
        for path in undumped or [mount]:
            if not _reached(answers.backup.folders, mount, path):
                yield Finding(
                    host,
                    what=(
                        f"{path} is on the encrypted volume {mount} and in none of the "
                        "folders: it is not backed up"
                    ),
                    mend=f"add {mount} to backup.folders",
                )


def nowhere(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Folders that the last backups found on no instance."""
    hosts = guests(answers)
    if not hosts:
        return
    where = guest(answers, hosts[0]).name if len(hosts) == 1 else "any instance"
    for folder in answers.backup.folders:
        if folder not in USUAL and all(_lacks(facts, host, folder) for host in hosts):
            yield Finding(
                hosts[0],
                what=f"there is no {folder} on {where}, so it is in no backup",
                mend="correct backup.folders, or take it out",
            )


def _lacks(facts: Facts, host: str, folder: str) -> bool:
    missing = facts.of(host, CLIENT).record("backup").get("missing", "")
    return folder in str(missing).split()
