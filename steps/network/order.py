"""The order in which ifup(8) brings interfaces up at boot, and the bridge's place in it; pure.

What came up after the card may want its network, by a command that nobody understands here: it
comes up after the bridge then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from steps.network.stanzas import MAIN, Files, Stanza, included, stanzas

_NAMES_BELOW = ("bond_slaves", "slaves", "vlan_raw_device")
"""Options of a bond or a VLAN that name what it lies over."""


class Place(NamedTuple):
    """Where something stands in the files."""

    path: str
    number: int
    """Of the stanza in it before which it stands; behind the last one where there is none of that
    number."""


@dataclass(frozen=True)
class _Own:
    """The interfaces that the bridge comes after."""

    card: str
    names: frozenset[str]
    """The card, all that it lies over, and the bridge itself."""

    def has(self, name: str) -> bool:
        """Whether it is one of them, or a VLAN or an alias of the card."""
        if name in self.names:
            return True
        is_vlan = name.startswith(f"{self.card}.")
        is_alias = name.startswith(f"{self.card}:")
        return is_vlan or is_alias


def _own(files: Files, card: str, bridge: str) -> _Own:
    names = _lower(files, card) | {bridge}
    return _Own(card, frozenset(names))


def started(files: Files) -> Iterator[str]:
    """The names that are brought up at boot, in their order."""
    for _, name in _starts(files):
        yield name


def _starts(files: Files) -> Iterator[tuple[Place, str]]:
    """Each name that is brought up at boot, with the place of the line that does it."""
    for place_of_line, stanza in _read(files, MAIN, {MAIN}):
        for name in stanza.started:
            yield place_of_line, name


def _read(files: Files, path: str, seen: set[str]) -> Iterator[tuple[Place, Stanza]]:
    """The stanzas as ifup(8) reads them: those of a file in the place of the line for it."""
    text = files.get(path, "")
    for number, stanza in enumerate(stanzas(text)):
        yield Place(path, number), stanza
        for inner in included(files, path, stanza):
            if inner in seen:
                continue
            seen.add(inner)
            yield from _read(files, inner, seen)


def comes_before(files: Files, first: str, second: str) -> bool:
    """Whether one interface is brought up at boot before another, or the other one not at all."""
    names = list(started(files))
    if second not in names:
        return True
    if first not in names:
        return False
    return names.index(first) < names.index(second)


def place(files: Files, card: str, bridge: str) -> Place | None:
    """Where the bridge is to be started: before whatever comes after the card, after all that the
    card is made of, and after its VLANs; None where nothing comes later, or the card is not started
    itself.
    """
    own = _own(files, card, bridge)
    is_started = False
    last_own = Place(MAIN, 0)
    first_other: Place | None = None
    for where, name in _starts(files):
        if name == card:
            is_started = True
        if own.has(name):
            last_own = where
            # What was seen up to here comes before one of our own, and so before the bridge.
            first_other = None
        elif first_other is None and name != "lo":
            first_other = where
    if first_other is None or not is_started:
        return None
    return _before(files, last_own, first_other)


def _lower(files: Files, card: str) -> set[str]:
    """A card and all that it lies over by the files: a VLAN's device, a bond's slaves."""
    read = [stanza for _, stanza in _read(files, MAIN, {MAIN})]
    found: set[str] = set()
    waiting = [card]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += _directly_below(read, name)
    return found


def _directly_below(read: list[Stanza], name: str) -> Iterator[str]:
    # A VLAN such as eth0.5 has its device in its name.
    device, dot, _ = name.rpartition(".")
    if dot:
        yield device
    for stanza in read:
        if stanza.configures(name):
            for option in _NAMES_BELOW:
                below = stanza.option(option)
                yield from below.split()
        elif stanza.is_iface and stanza.option("bond_master") == name:
            yield stanza.name


def _before(files: Files, last_own: Place, other: Place) -> Place:
    """The place in the file of the last of our own: a line that includes the other file counts for
    it.
    """
    path = last_own.path
    if other.path == path:
        return other
    read = stanzas(files[path])
    for number in range(last_own.number + 1, len(read)):
        inner = included(files, path, read[number])
        if any(other.path in _files(files, name) for name in inner):
            return Place(path, number)
    return Place(path, len(read))


def _files(files: Files, path: str) -> set[str]:
    """A file and all that it includes."""
    found = {path}
    for inner, _ in _read(files, path, {path}):
        found.add(inner.path)
    return found


def split(
    files: Files, words: tuple[str, ...], card: str, bridge: str
) -> tuple[list[str], list[str]]:
    """The names of a line that starts interfaces, up to the last one that the bridge comes after,
    and the others.
    """
    names = list(words[1:])
    own = _own(files, card, bridge)
    up_to_last = 0
    for count, name in enumerate(names, start=1):
        if own.has(name):
            up_to_last = count
    return names[:up_to_last], names[up_to_last:]
