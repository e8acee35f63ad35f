"""How long ago something was, by the clock of the host that noted it."""

from __future__ import annotations

SLACK = 120
"""Seconds that a clock may have been set back since without a note counting as wrong."""


def elapsed(now: int, then: int) -> int | None:
    """Seconds from `then` to `now`; None for a time that is still to come.

    Such a note was made by a clock that ran ahead and was set right since: how old it is, nobody
    knows, so that it is never fresh.
    """
    seconds = now - then
    if seconds < -SLACK:
        return None
    return max(seconds, 0)
