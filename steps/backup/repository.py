"""restic's repository of a guest on the backup host, and the password that opens it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup import secrets
from steps.backup.facts.backup import Client
from steps.backup.facts.backupplace import PLACE
from steps.backup.hosts import ACCOUNT
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Prompt

KEEP_PASSWORD = """umask 077; IFS= read -r word || exit 1; mkdir -p "$(dirname "$1")" || exit 1
printf '%s\\n' "$word" >"$1.new" || exit 1
gw-restic --password-file "$1.new" $2 >/dev/null || { rm -f "$1.new"; exit 1; }
sync "$1.new"; mv -f "$1.new" "$1\""""


def repository(
    answers: Answers, facts: Facts, backup_host: Node, host: str, client: Client
) -> Iterator[Command]:
    """A repository, and its password beside the guest's programs."""
    place = facts.of(backup_host.short, PLACE)
    exists = place.account(ACCOUNT + host).repository
    where = f"{backup_host.short}:{answers.backup.path}/{ACCOUNT}{host}"
    if not secrets.has_password(answers, client):
        path = secrets.password_file(answers, client)
        yield _open(host, path, where) if exists else _make(host, path, where)
    elif not exists:
        yield Command(
            host,
            ("gw-restic", "init"),
            why="there is a password, and no repository yet: an empty one is made",
            undo=f"none: the repository on {where} stays, and backups are kept in it from now on",
            stage=2,
        )


def _make(host: str, path: str, where: str) -> Command:
    label = f"password of {host}'s repository on {where} (keep a copy: see below)"
    return _keep_password(
        host, path, "init", why="makes", prompt=Prompt(f"backup-{host}", label, new=True)
    )


def _open(host: str, path: str, where: str) -> Command:
    label = f"password of {host}'s repository on {where} (it exists)"
    # To read its settings proves that the password opens it.
    return _keep_password(
        host, path, "cat config", why="opens", prompt=Prompt(f"backup-{host}", label)
    )


def _keep_password(host: str, path: str, action: str, *, why: str, prompt: Prompt) -> Command:
    return Command(
        host,
        ("sh", "-c", KEEP_PASSWORD, "keep-password", path, action),
        why=f"{why} the encrypted repository; the password is kept in {path} for the timer",
        risk=(
            "without this password nobody can read the backups, not even you: keep it on "
            "paper, in another place"
        ),
        undo=f"none: {path} is what opens the backups; it stays as long as they are wanted",
        prompts=(prompt,),
        title=f"gw-restic {action}, with the password that is asked for",
        stage=2,
    )
