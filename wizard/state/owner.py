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

from wizard.base.own_files import read_whole
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
    token = _token(_known_id(folder) or _new_id(folder), place)
    who = f"{_plain(account())}@{_plain(socket.gethostname())}"
    return Owner(token, who, re.sub(r"[^A-Za-z0-9_./@:+-]", "_", place)[:200], os.getpid())


def known_token(folder: Path) -> str:
    """The token of the locks that a directory takes, "" where it took none so far. Nothing is
    written.
    """
    known = _known_id(folder)
    return _token(known, os.path.realpath(folder)) if known else ""


def _token(number: str, place: str) -> str:
    text = "\0".join([number, _machine(), place])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _known_id(folder: Path) -> str:
    """The directory's number; "" where it has none, or one that was damaged."""
    try:
        known = read_whole(folder / NAME).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return known if _ID.fullmatch(known) else ""


def _new_id(folder: Path) -> str:
    """A number for a directory that has none."""
    made = secrets.token_hex(16)
    write_whole(folder / NAME, f"{made}\n")
    return made


def _machine() -> str:
    """What tells this machine from others, and stays though a build names it anew
    (machine-id(5)).
    """
    try:
        return Path("/etc/machine-id").read_text("ascii").strip() or socket.gethostname()
    except (OSError, UnicodeDecodeError):
        return socket.gethostname()


def account() -> str:
    """The operator's name on this machine; a number where it has none (containers)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _plain(name: str) -> str:
    """A name as it may stand in a lock, and be typed."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:64] or "unknown"
