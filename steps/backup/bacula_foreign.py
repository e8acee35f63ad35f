"""Bacula that was there before: whose it is, and its configuration kept before another one takes
its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steps.backup.bacula_files import MARK
from steps.backup.bacula_words import words
from steps.common.files import put
from wizard.model.step import Command
from wizard.model.undo import NONE_NEEDED

DEFAULT = "gw-dir"
BEFORE = ".before-ganeti-wizard"


def director_of(text: str, *names: str) -> str:
    """The Director that a configuration names, when it is neither ours nor the one that Debian's
    package writes for a machine of one of these names (NAME-dir, NAME-mon); "" otherwise.
    """
    if MARK in text:
        return ""
    known = {DEFAULT}
    for name in names:
        known |= {f"{name}-dir", f"{name}-mon"}
    return next((director for director in directors(text) if director not in known), "")


def directors(text: str) -> list[str]:
    """The names of all Directors in a configuration."""
    return words(text).named("director")


def clients(text: str) -> int:
    """How many clients a configuration that is not ours names."""
    return 0 if MARK in text else len(words(text).named("client"))


def hidden(text: str) -> str:
    """Where the names are that a configuration that is not ours does not show; "" where it shows
    all.
    """
    if MARK in text:
        return ""
    read = words(text)
    if read.includes:
        return "in other files"
    return "" if read.whole else "not to be read (a quotation or a brace has no end)"


def put_configuration(
    host: str, path: str, text: str, why: str, *, now: str | None, mode: str
) -> Iterator[Command]:
    """A configuration file that must hold exactly this text; somebody else's is kept beside it
    first.
    """
    more: dict[str, Any] = {}
    foreign = now is not None and MARK not in now
    if foreign:
        yield Command(
            host,
            # -n: what was kept once is not lost to a later text.
            ("cp", "-an", path, path + BEFORE),
            why="keeps what is written there now",
            undo=NONE_NEEDED,
            stage=3,
        )
        more["undo"] = f"mv {path}{BEFORE} {path}"
    # Somebody else's has passwords in it; it was kept beside the file, and nowhere else.
    yield from put(host, path, text, why, now=now, mode=mode, stage=3, secret=foreign, **more)
