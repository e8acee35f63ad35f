"""Names of hosts."""

from __future__ import annotations


def short(name: str) -> str:
    """The first label of a host's name: "node1" of "node1.name.org"; "" of ""."""
    return name.partition(".")[0]
