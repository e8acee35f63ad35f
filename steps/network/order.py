"""The order in which ifup(8) brings interfaces up at boot, and the bridge's place in it; pure.

What came up after the card may want its network, by a command that nobody understands here: it
comes up after the bridge then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.network.stanzas import MAIN, Stanza, included, stanzas

Place = tuple[str, int]
"""A file, and the number of the stanza in it before which something stands; behind the last one
where there is none of that number."""


def started(files: Mapping[str, str]) -> Iterator[str]:
    """The names that are brought up at boot, in their order."""
    for _, _, stanza in _read(files, MAIN, {MAIN}):
        if stanza.is_auto:
            yield from stanza.words[1:]


def _read(files: Mapping[str, str], path: str, seen: set[str]) -> Iterator[tuple[str, int, Stanza]]:
    """The stanzas as ifup(8) reads them: those of a file in the place of the line for it."""
    for number, stanza in enumerate(stanzas(files.get(path, ""))):
        yield path, number, stanza
        for inner in included(files, path, stanza):
            if inner not in seen:
                seen.add(inner)
                yield from _read(files, inner, seen)


def comes_before(files: Mapping[str, str], first: str, second: str) -> bool:
    """Whether one interface is brought up at boot before another, or the other one not at all."""
    names = list(started(files))
    return second not in names or (first in names and names.index(first) < names.index(second))


def place(files: Mapping[str, str], card: str, bridge: str) -> Place | None:
    """Where the bridge is to be started: before whatever comes after the card, after all that the
    card is made of, and after its VLANs; None where nothing comes later, or the card is not started
    itself.
    """
    own = {bridge, *_lower(files, card)}
    is_started = False
    last_own: Place = MAIN, 0
    first_other: Place | None = None
    for path, number, stanza in _read(files, MAIN, {MAIN}):
        for name in stanza.words[1:] if stanza.is_auto else ():
            is_started |= name == card
            if _is_own(name, card, own):
                last_own, first_other = (path, number), None
            elif first_other is None and name != "lo":
                first_other = path, number
    return _before(files, last_own, first_other) if is_started and first_other else None


def _is_own(name: str, card: str, own: set[str]) -> bool:
    return name in own or name.startswith((f"{card}.", f"{card}:"))


def _lower(files: Mapping[str, str], card: str) -> set[str]:
    """A card and all that it lies over by the files: a VLAN's device, a bond's slaves."""
    read = [stanza for _, _, stanza in _read(files, MAIN, {MAIN})]
    found: set[str] = set()
    waiting = [card]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
        for stanza in read:
            if stanza.configures(name):
                for option in ("bond_slaves", "slaves", "vlan_raw_device"):
                    waiting += stanza.option(option).split()
            elif stanza.is_iface and stanza.option("bond_master") == name:
                waiting.append(stanza.words[1])
    return found


def _before(files: Mapping[str, str], last: Place, other: Place) -> Place:
    """The place in the file of the last of our own: a line that includes the other file counts for
    it.
    """
    path, first = last
    if other[0] == path:
        return other
    read = stanzas(files[path])
    for number in range(first + 1, len(read)):
        inner = included(files, path, read[number])
        if any(other[0] == below for name in inner for below in _files(files, name)):
            return path, number
    return path, len(read)


def _files(files: Mapping[str, str], path: str) -> set[str]:
    return {path, *(seen for seen, _, _ in _read(files, path, {path}))}


def split(
    files: Mapping[str, str], words: tuple[str, ...], card: str, bridge: str
) -> tuple[list[str], list[str]]:
    """The names of a line that starts interfaces, up to the last one that the bridge comes after,
    and the others.
    """
    _, *names = words
    own = {bridge, *_lower(files, card)}
    last = max((at for at, name in enumerate(names) if _is_own(name, card, own)), default=-1)
    return names[: last + 1], names[last + 1 :]
