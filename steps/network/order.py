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
    """Where the bridge is to be started: before whatever comes after the card and has nothing to do
    with it; None where nothing does, or the card is not started itself.
    """
    starts: tuple[str, int] | None = None
    for path, number, stanza in _read(files, MAIN, {MAIN}):
        if not stanza.is_auto:
            continue
        names = list(stanza.words[1:])
        if starts is None and card in names:
            starts = path, number
            names = names[names.index(card) + 1 :]
        if starts and any(_is_other(name, card, bridge) for name in names):
            return _before(files, starts, (path, number))
    return None


def _is_other(name: str, card: str, bridge: str) -> bool:
    own = name in ("lo", card, bridge)
    return not own and not name.startswith((f"{card}.", f"{card}:"))


def _before(files: Mapping[str, str], start: Place, other: Place) -> Place:
    """The place in the file of the card's start: a line that includes the other file counts for
    it.
    """
    path, first = start
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


def split(words: tuple[str, ...], card: str, bridge: str) -> tuple[list[str], list[str]]:
    """The names of a line that starts interfaces, up to the first that has nothing to do with the
    card, and the others; all are others where the card is not among them.
    """
    _, *names = words
    since = names.index(card) + 1 if card in names else 0
    for at in range(since, len(names)):
        if _is_other(names[at], card, bridge):
            return names[:at], names[at:]
    return names, []
