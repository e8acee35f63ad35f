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
    wanted = [
        mounts(one) for one in answers.vault.volumes if one.kind != "none" and one.short == host
    ]
    return list(dict.fromkeys(one for one in (facts.of(host, CLIENT).volume, *wanted) if one))


def suggested(answers: Answers, facts: Facts) -> list[str]:
    """The usual folders, and the encrypted volumes that are none of them: no backup goes beyond a
    file system.
    """
    volumes = (one[0] for host in guests(answers) for one in protected(answers, facts, host))
    return list(dict.fromkeys([*USUAL, *volumes]))


def _reached(folders: Sequence[str], mount: str, path: str) -> bool:
    """Whether a folder holds what lies on the volume for a path: by its own name, or from the
    volume's side.
    """
    there = path if path == mount else f"{mount}{path}"
    inside = (folder for folder in folders if folder == mount or folder.startswith(f"{mount}/"))
    return path in folders or any(f"{there}/".startswith(f"{folder}/") for folder in inside)


def unreached(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """Encrypted data that lies in none of the folders; the dump stands for a database's own."""
    folders, seen = answers.backup.folders, facts.of(host, CLIENT)
    dumped = {DATADIR, *seen.datadirs} if answers.backup.database else set()
    for mount, *paths in protected(answers, facts, host):
        for path in [one for one in paths if one not in dumped] or [mount]:
            if not _reached(folders, mount, path):
                what = (
                    f"{path} is on the encrypted volume {mount} and in none of the "
                    "folders: it is not backed up"
                )
                yield Finding(host, what, f"add {mount} to backup.folders")


def nowhere(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Folders that the last backups found on no instance."""
    missing = [
        str(facts.of(host, CLIENT).record("backup").get("missing", "")).split()
        for host in guests(answers)
    ]
    for folder in answers.backup.folders:
        if folder not in USUAL and missing and all(folder in one for one in missing):
            name = guest(answers, guests(answers)[0]).name if len(missing) == 1 else "any instance"
            what = f"there is no {folder} on {name}, so it is in no backup"
            yield Finding(guests(answers)[0], what, "correct backup.folders, or take it out")
