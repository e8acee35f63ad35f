"""Who works on a build, as other machines are told it in the lock on the hosts."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from wizard.state.files import write_whole

NAME = "owner-id"
"""The file in the state directory with the number that no other state directory has."""
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Owner:
    """One state directory in its place on one machine, and the process that works with it.

    `token` is the same for every process that works with it, one after the other: the directory's
    own lock keeps them apart. A copy of the directory, elsewhere or beside it, has another one.
    """

    token: str
    who: str
    folder: str
    pid: int


def owner_of(folder: Path) -> Owner:
    """The owner of a lock that this process takes; raises StateError when the directory takes no
    file.
    """
    place = os.path.realpath(folder)
    text = "\0".join([_id_of(folder), _machine(), place])
    token = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    who = f"{_plain(_account())}@{_plain(socket.gethostname())}"
    return Owner(token, who, re.sub(r"[^A-Za-z0-9_./@:+-]", "_", place)[:200], os.getpid())


def _id_of(folder: Path) -> str:
    """The directory's number, made when it is first wanted; one that was damaged is made anew."""
    path = folder / NAME
    try:
        known = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        known = ""
    if _ID.fullmatch(known):
        return known
    made = secrets.token_hex(16)
    write_whole(path, f"{made}\n")
    return made


def _machine() -> str:
    """What tells this machine from others, and stays though a build names it anew
    (machine-id(5)).
    """
    try:
        return Path("/etc/machine-id").read_text("ascii").strip() or socket.gethostname()
    except (OSError, UnicodeDecodeError):
        return socket.gethostname()


def _account() -> str:
    """The operator's name on this machine; a number where it has none (containers)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _plain(name: str) -> str:
    """A name as it may stand in a lock, and be typed."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:64] or "unknown"
