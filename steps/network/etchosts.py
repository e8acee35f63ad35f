"""The text of /etc/hosts with our names in it: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wizard.base.names import short
from wizard.base.plain import lines_of

INSTALLERS = "127.0.1.1"
"""Where Debian's installer puts the host's own name; Ganeti needs its real address."""


@dataclass(frozen=True)
class _Line:
    """One line of hosts(5)."""

    address: str
    """"" for an empty line and for one that is all comment."""
    names: list[str]
    """What the address is called, the canonical name first."""
    comment: str
    """From the sign # on."""


def _line(text: str) -> _Line:
    body, sign, comment = text.partition("#")
    words = body.split()
    address = words[0] if words else ""
    return _Line(address, words[1:], f"{sign}{comment}")


def aliases(name: str) -> tuple[str, str]:
    """The two forms of a name that stand in the file: full and short."""
    return name, short(name)


def _given_rightly(line: _Line, wanted: Mapping[str, str]) -> str:
    """The wanted name to which this line gives its address; "" when there is none.

    The full name comes first, which makes it the canonical one, and the short one follows.
    """
    if not line.names:
        return ""
    first = line.names[0]
    if wanted.get(first) != line.address or short(first) not in line.names:
        return ""
    return first


def rewritten(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The file's text with one right line for each (full name, address); unchanged when it has them
    already.

    Lines for 127.0.1.1 go (Debian's installer writes one; Ganeti needs the node's name to resolve
    to its real address), and our names go from any other line. All else stays.
    """
    wanted = dict(pairs)
    ours = {alias for name in wanted for alias in aliases(name)}
    kept: list[str] = []
    present: set[str] = set()
    for old in lines_of(text):
        line = _line(old)
        name = _given_rightly(line, wanted)
        if line.address == INSTALLERS or name in present:
            continue
        misplaced = ours
        if name:
            present.add(name)
            misplaced = ours.difference(aliases(name))
        kept += _without(old, line, misplaced)
    place = _after_localhost(kept)
    kept[place:place] = [_entry(name, wanted[name]) for name in wanted if name not in present]
    return "".join(f"{line}\n" for line in kept)


def _without(old: str, line: _Line, misplaced: set[str]) -> list[str]:
    """The line without some names, in capitals or not (RFC 4343): untouched if it has none of
    them, none if no name is left.
    """
    rest = [name for name in line.names if name.lower() not in misplaced]
    if rest == line.names:
        return [old]
    if not rest:
        return []
    entry = f"{line.address}\t{' '.join(rest)}"
    return [f"{entry}  {line.comment}" if line.comment else entry]


def _entry(name: str, address: str) -> str:
    # A name without a domain is its own short form.
    names = dict.fromkeys(aliases(name))
    return f"{address}\t{' '.join(names)}"


def _after_localhost(lines: list[str]) -> int:
    """Behind the last line of 127.0.0.1; 0 when there is none."""
    place = 0
    for number, line in enumerate(lines, start=1):
        if _line(line).address == "127.0.0.1":
            place = number
    return place
