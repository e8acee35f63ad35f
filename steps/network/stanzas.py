"""The text of /etc/network/interfaces and its parts, cut into stanzas after interfaces(5); pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from steps.network.interfaces.stanza import (
    INDENT,
    Option,
    Stanza,
    allows,
    is_comment,
    joined,
    starts_its_own,
)
from wizard.base.plain import lines_of

__all__ = [
    "INDENT",
    "MAIN",
    "Files",
    "Option",
    "Stanza",
    "active",
    "all_stanzas",
    "included",
    "of_card",
    "own_stanzas",
    "placed_stanzas",
    "stanzas",
    "strange_includes",
]

Files = Mapping[str, str]
"""The network files of a node: text by path."""
MAIN = "/etc/network/interfaces"
_WORDS = (
    "iface",
    "auto",
    "mapping",
    "source",
    "source-directory",
    "rename",
    "no-auto-down",
    "no-scripts",
    "template",
)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./*?-]+")
"""Paths of includes that are understood: wildcards, but nothing else that a shell would expand."""
_NAME_IN_DIRECTORY = re.compile(r"[a-zA-Z0-9_-]+")
"""Which files of a `source-directory` count."""


def _begins_stanza(line: str) -> bool:
    words = line.split()
    if not words:
        return False
    return words[0] in _WORDS or allows(words[0])


def stanzas(text: str) -> tuple[Stanza, ...]:
    """Cut a file into stanzas; the first one has no words when the file starts with comments."""
    blocks: list[list[str]] = []
    continued = False
    for line in lines_of(text):
        begins = _begins_stanza(line) and not continued
        if blocks and starts_its_own(line) and blocks[-1][0].split()[:1] == ["iface"]:
            begins = False
        if begins or not blocks:
            blocks.append([line])
        else:
            blocks[-1].append(line)
        # A line that ends so goes on in the next one, whatever word that begins with; a comment
        # that ends so does not (ifup(8) drops it first).
        continued = line.endswith("\\") and (continued or not is_comment(line))
    return tuple(_stanza(lines) for lines in blocks)


def _stanza(lines: list[str]) -> Stanza:
    if not _begins_stanza(lines[0]):
        return Stanza(words=(), lines=tuple(lines))
    head = _lines_of_head(lines)
    words = joined(lines[:head]).split()
    return Stanza(words=tuple(words), lines=tuple(lines), head=head)


def _lines_of_head(lines: list[str]) -> int:
    """How many lines the first one takes, as far as backslashes continue it."""
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\\"):
            return number
    return len(lines)


def active(files: Files) -> tuple[str, ...]:
    """The paths that ifup(8) reads, in its order: the main file and what it includes."""
    order: list[str] = []
    if MAIN in files:
        _include(files, MAIN, order)
    return tuple(order)


def placed_stanzas(files: Files) -> Iterator[tuple[str, Stanza]]:
    """Every stanza that ifup(8) reads, with the path of its file."""
    for path in active(files):
        for stanza in stanzas(files[path]):
            yield path, stanza


def all_stanzas(files: Files) -> list[Stanza]:
    """Every stanza that ifup(8) reads, one file after the other."""
    return [stanza for _, stanza in placed_stanzas(files)]


def of_card(stanza: Stanza, card: str) -> bool:
    """Whether a stanza configures a card, or an alias of it such as eth0:1."""
    if not stanza.is_iface:
        return False
    return stanza.name == card or stanza.name.startswith(f"{card}:")


def own_stanzas(files: Files, card: str) -> list[Stanza]:
    """The stanzas of a card and of its aliases."""
    return [stanza for stanza in all_stanzas(files) if of_card(stanza, card)]


def _include(files: Files, path: str, order: list[str]) -> None:
    order.append(path)
    for stanza in stanzas(files[path]):
        for inner in included(files, path, stanza):
            if inner not in order:
                _include(files, inner, order)


def included(files: Files, path: str, stanza: Stanza) -> list[str]:
    """The files among those seen that a line of `source` or `source-directory` takes in."""
    if not stanza.is_include or len(stanza.words) != 2:
        return []
    keyword, pattern = stanza.words
    if not pattern.startswith("/"):
        folder, _, _ = path.rpartition("/")
        pattern = f"{folder}/{pattern}"
    if keyword == "source":
        return _matching(files, pattern)
    directory = pattern.rstrip("/")
    inside = _matching(files, f"{directory}/*")
    return [other for other in inside if _counts_in_directory(other)]


def _matching(files: Files, pattern: str) -> list[str]:
    return sorted(path for path in files if _matches(path, pattern))


def _counts_in_directory(path: str) -> bool:
    """Whether `source-directory` takes in a file of this name."""
    _, _, name = path.rpartition("/")
    return _NAME_IN_DIRECTORY.fullmatch(name) is not None


def _matches(path: str, pattern: str) -> bool:
    """As a shell matches: a wildcard stands for no slash and for no dot at the beginning."""
    parts = path.split("/")
    patterns = pattern.split("/")
    if len(parts) != len(patterns):
        return False
    for part, wanted in zip(parts, patterns, strict=True):
        if part.startswith(".") and not wanted.startswith("."):
            return False
        if not fnmatchcase(part, wanted):
            return False
    return True


def strange_includes(files: Files) -> tuple[str, ...]:
    """The lines that include files in a way that is not understood here."""
    strange = []
    for stanza in all_stanzas(files):
        if stanza.is_include and not _is_plain_include(stanza):
            strange.append(stanza.lines[0].strip())
    return tuple(strange)


def _is_plain_include(stanza: Stanza) -> bool:
    paths = stanza.words[1:]
    return len(paths) == 1 and _PLAIN_PATH.fullmatch(paths[0]) is not None
