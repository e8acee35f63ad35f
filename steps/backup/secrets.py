"""Where a guest keeps what opens its backups: on its encrypted volume where it has one, safe from
thieves.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.backup.facts.backup import Client
from steps.backup.hosts import CLEAR, KEY, NAME
from wizard.answers import Answers
from wizard.model.step import THIS_STEP, Command, Finding

MOVE = """set -e; umask 077; mountpoint -q "$1" || { echo "$1 is not mounted" >&2; exit 1; }
shift; mkdir -p "${2%/*}"
while [ $# -gt 0 ]; do
  if [ -s "$1" ]; then
    [ "$(stat -c %h "$1")" = 1 ] || {
      echo "$1 has further names (hard links), and would be overwritten there too" >&2; exit 1; }
    [ -s "$2" ] || { cp -p "$1" "$2.new"; sync "$2.new"; mv -f "$2.new" "$2"; }
    cmp "$1" "$2"; shred -u "$1"
  fi
  shift 2
done"""


def inside(answers: Answers, client: Client) -> str:
    """The mount point of the volume that password and key belong on; "" when they lie elsewhere.

    The answers hold for all guests: a path that ends like the suggested one means each guest's own
    volume.
    """
    path = answers.backup.password_file
    if not client.volume or path == CLEAR or not path.endswith(NAME):
        return ""
    return client.volume[0]


def password_file(answers: Answers, client: Client) -> str:
    """Where this guest keeps the repository's password."""
    mount = inside(answers, client)
    if mount:
        return f"{mount}{NAME}"
    path = answers.backup.password_file
    return CLEAR if path.endswith(NAME) else path


def key_file(answers: Answers, client: Client) -> str:
    """Where this guest keeps its ssh key for the backup host: beside the password."""
    mount = inside(answers, client)
    if not mount:
        return KEY
    folder = NAME.rpartition("/")[0]
    return f"{mount}{folder}/{KEY.rpartition('/')[2]}"


def has_password(answers: Answers, client: Client) -> bool:
    """Whether the password is there, or will be when it was moved."""
    return client.password or (client.vault_password and bool(inside(answers, client)))


def key(answers: Answers, client: Client) -> str:
    """The public half of the key, in its place or still in the old one."""
    if inside(answers, client) and client.vault_key:
        return client.vault_key
    return client.key


def move(answers: Answers, host: str, client: Client) -> Iterator[Command]:
    """Bring password and key onto the volume."""
    mount = inside(answers, client)
    if not mount or not (client.password or client.key):
        return
    new_password = password_file(answers, client)
    new_key = key_file(answers, client)
    pairs = (CLEAR, new_password, KEY, new_key, f"{KEY}.pub", f"{new_key}.pub")
    yield Command(
        host,
        ("sh", "-c", MOVE, "move", mount, *pairs),
        why=(
            "password and key lie where whoever carries the server away could read the "
            "backups with them"
        ),
        risk=(
            "no backup runs from now on while the volume is locked; the old copies are "
            "overwritten and removed, and a disk may keep remains of them"
        ),
        undo=(
            f"cp -p {new_password} {CLEAR}; cp -p {new_key} {KEY}; cp -p {new_key}.pub {KEY}.pub; "
            f"backup.password_file = {CLEAR}"
        ),
        title=(
            f"move {CLEAR} and {KEY} to {new_password.rpartition('/')[0]}, and shred the old copies"
        ),
    )


def in_the_clear(answers: Answers, host: str, client: Client) -> Iterator[Finding]:
    """The guest has an encrypted volume, and the password is not on it."""
    path = password_file(answers, client)
    is_safe = any(path.startswith(f"{mount}/") for mount in client.volume)
    if client.volume and not is_safe:
        yield Finding(
            host,
            what=(
                f"{path} and {KEY} are not on the encrypted volume: whoever carries the server "
                "away can read the backups"
            ),
            mend=f"set backup.password_file to {client.volume[0]}{NAME}",
            step=THIS_STEP,
        )
