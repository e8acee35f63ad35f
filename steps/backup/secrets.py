"""Where a guest keeps what opens its backups: on its encrypted volume where it has one, safe from
thieves.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup.facts.backup import Client
from steps.backup.hosts import CLEAR, KEY, NAME
from wizard.answers import Answers
from wizard.model.step import Command, Finding

MOVE = """set -e; umask 077; mountpoint -q "$1" || { echo "$1 is not mounted" >&2; exit 1; }
shift; mkdir -p "${2%/*}"
while [ $# -gt 0 ]; do
  if [ -s "$1" ]; then
    [ -s "$2" ] || { cp -p "$1" "$2.new"; sync "$2.new"; mv -f "$2.new" "$2"; }
    cmp "$1" "$2"; shred -u "$1"
  fi
  shift 2
done"""


def inside(answers: Answers, seen: Client) -> str:
    """The mount point of the volume that password and key belong on; "" when they lie elsewhere.

    The answers hold for all guests: a path that ends like the suggested one means each guest's own
    volume.
    """
    path = answers.backup.password_file
    return seen.volume[0] if seen.volume and path.endswith(NAME) and path != CLEAR else ""


def password_file(answers: Answers, seen: Client) -> str:
    """Where this guest keeps the repository's password."""
    path, mount = answers.backup.password_file, inside(answers, seen)
    return f"{mount}{NAME}" if mount else CLEAR if path.endswith(NAME) else path


def key_file(answers: Answers, seen: Client) -> str:
    """Where this guest keeps its ssh key for the backup host."""
    mount = inside(answers, seen)
    return f"{mount}{NAME.rpartition('/')[0]}/{KEY.rpartition('/')[2]}" if mount else KEY


def has_password(answers: Answers, seen: Client) -> bool:
    """Whether the password is there, or will be when it was moved."""
    return seen.password or (bool(inside(answers, seen)) and seen.vault_password)


def key(answers: Answers, seen: Client) -> str:
    """The public half of the key, in its place or still in the old one."""
    return (inside(answers, seen) and seen.vault_key) or seen.key


def move(answers: Answers, host: str, seen: Client) -> Iterator[Command]:
    """Bring password and key onto the volume."""
    mount = inside(answers, seen)
    if mount and (seen.password or seen.key):
        new, own = password_file(answers, seen), key_file(answers, seen)
        pairs = (CLEAR, new, KEY, own, f"{KEY}.pub", f"{own}.pub")
        yield Command(
            host,
            ("sh", "-c", MOVE, "move", mount, *pairs),
            "password and key lie where whoever carries the server away could read the "
            "backups with them",
            risk="no backup runs from now on while the volume is locked; the old copies are "
            "overwritten and removed, "
            "and a disk may keep remains of them",
            undo=(
                f"cp -p {new} {CLEAR}; cp -p {own} {KEY}; cp -p {own}.pub {KEY}.pub; "
                f"backup.password_file = {CLEAR}"
            ),
            title=f"move {CLEAR} and {KEY} to {new.rpartition('/')[0]}, and shred the old copies",
        )


def in_the_clear(answers: Answers, host: str, seen: Client) -> Iterator[Finding]:
    """The guest has an encrypted volume, and the password is not on it."""
    path = password_file(answers, seen)
    if seen.volume and not any(path.startswith(f"{point}/") for point in seen.volume):
        what = (
            f"{path} and {KEY} are not on the encrypted volume: whoever carries the server "
            "away can read the backups"
        )
        yield Finding(
            host,
            what,
            f"set backup.password_file to {seen.volume[0]}{NAME}: this step moves both there",
        )
