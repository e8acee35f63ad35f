"""Backups that were there and are not to be seen: their disk is not mounted, and no new place is
made of that.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup.facts.backup import CLIENT
from steps.backup.facts.backupplace import PLACE
from steps.backup.facts.bacula import BACULA
from steps.backup.hosts import ACCOUNT, KEYS, REPOSITORY, STATE, guests
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding


def _finding(answers: Answers, backup_host: Node, missing: str, forget: str) -> Finding:
    path = answers.backup.path
    return Finding(
        backup_host.short,
        what=f"{missing} was there before and is not: is its disk mounted?",
        mend=(
            f"mount on {path} what belongs there (lsblk -f; cryptsetup open DEVICE NAME; mount "
            f"/dev/mapper/NAME {path})"
            " and look again. Is it gone for good, or is this another host or path on "
            f"purpose: {forget}; then one is made"
        ),
    )


def _had_good(answers: Answers, facts: Facts, host: str) -> bool:
    """Whether a backup of the chosen kind once went well on this guest."""
    last = facts.of(host, CLIENT).record("backup")
    return last.get("kind") == answers.backup.kind and bool(last.get("last_good"))


def repositories(answers: Answers, facts: Facts, backup_host: Node) -> Iterator[Finding]:
    """restic's repository of a guest that has had good backups."""
    place = facts.of(backup_host.short, PLACE)
    for host in guests(answers):
        name = ACCOUNT + host
        if _had_good(answers, facts, host) and not place.account(name).repository:
            yield _finding(
                answers,
                backup_host,
                missing=f"the repository {answers.backup.path}/{name}/{REPOSITORY}",
                forget=f"rm {STATE}/backup.json on {host}",
            )


def volumes(answers: Answers, facts: Facts, backup_host: Node) -> Iterator[Finding]:
    """The folder of Bacula's volumes, when any guest has had good backups."""
    had = [host for host in guests(answers) if _had_good(answers, facts, host)]
    if had and not facts.of(backup_host.short, BACULA).volumes:
        yield _finding(
            answers,
            backup_host,
            missing=f"the folder of volumes {answers.backup.path}/bacula",
            forget=f"rm {STATE}/backup.json on {', '.join(had)}",
        )


def copies(answers: Answers, facts: Facts, backup_host: Node) -> Iterator[Finding]:
    """A node's folder for copies of the configuration."""
    place = facts.of(backup_host.short, PLACE)
    for node in answers.nodes:
        name = ACCOUNT + node.short
        key = f"{KEYS}/{name}"
        # A key is admitted only after the folder was made: it stays as the folder's trace.
        if key in place.texts and not place.account(name).jail:
            yield _finding(
                answers,
                backup_host,
                missing=f"the folder {answers.backup.path}/{name}",
                forget=f"rm {key} on {backup_host.short}",
            )
