"""Texts without secrets and without what tells a machine from others; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tests.record.kinds import IDENTITIES, SECRETS, Kind


def stand_ins(texts: Iterable[str]) -> dict[str, str]:
    """Each value that must not be recorded → what stands in its place, in all texts the same.

    Values are numbered in the order in which they appear, by kind.
    """
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for text in texts:
        for kind, value in values(text):
            if value not in found:
                counts[kind.name] = counts.get(kind.name, 0) + 1
                found[value] = kind.make_up(value, counts[kind.name])
    return found


def values(text: str, kinds: Sequence[Kind] = SECRETS + IDENTITIES) -> Iterator[tuple[Kind, str]]:
    """What must not be recorded in one text."""
    for kind in kinds:
        for match in kind.pattern.finditer(text):
            value = match.group("value")
            if kind.wanted(value):
                yield kind, value


def disguised(text: str, places: dict[str, str]) -> str:
    """The text with every value replaced, the longest first, and only where it stands alone."""
    if not places:
        return text
    longest_first = sorted(places, key=len, reverse=True)
    either = "|".join(re.escape(value) for value in longest_first)
    pattern = rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])"
    return re.sub(pattern, lambda match: places[match.group()], text)


def renamed(domain: str, names: str = "name.org") -> dict[str, str]:
    """A domain of one's own, in the place of which the cases have that of the article."""
    return {} if domain in ("", names) else {domain: names}
