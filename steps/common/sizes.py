"""Sizes in bytes, and how the operator reads them."""

from __future__ import annotations

MIB = 1 << 20
GIB = 1 << 30


def gib(size: int) -> str:
    """A size for the operator's eye, in GiB, rounded down so that it is never promised too much."""
    return f"{size * 100 // GIB / 100:g} GiB"


def gib_up(size: int) -> str:
    """A size that is needed, in GiB, rounded up so that it suffices when asked for."""
    # Two minus signs: `//` rounds down, so the negative is rounded away from zero.
    return f"{-(-size * 100 // GIB) / 100:g} GiB"
