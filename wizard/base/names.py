"""Names of hosts and of other things, as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def short(name: str) -> str:
    """The first label of a host's name: "node1" of "node1.name.org"; "" of ""."""
    return name.partition(".")[0]


def together(names: Sequence[str]) -> str:
    """The names as the subject of a sentence: "a", "a and b", "a, b and c"; "" for none."""
    if len(names) < 2:
        return "".join(names)
    *first, last = names
    return f"{', '.join(first)} and {last}"


def clause(names: Sequence[str], singular: str, plural: str) -> str:
    """The names and what they do: "a runs here", or "a and b run here"."""
    verb = singular
    if len(names) > 1:
        verb = plural
    return f"{together(names)} {verb}"


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number and what it counts: "1 command", "2 commands"."""
    noun = singular
    if number != 1:
        noun = plural or f"{singular}s"
    return f"{number} {noun}"
