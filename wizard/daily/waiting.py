"""Doing nothing, as a way out of an accident: looks at all machines until nothing is the matter."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.base.exits import Exit
from wizard.daily.recovering import Recovering
from wizard.model.recovery import Diagnosis

WAIT_SECONDS = 600
"""How long it is waited at most."""
LOOK_SECONDS = 30
"""From the end of one look to the next."""


def looks(run: Recovering) -> Iterator[tuple[Diagnosis, int]]:
    """Each look, and how many seconds of the wait are left; the last one is the result."""
    begun = run.clock()
    while True:
        run.lookout.forget()
        diagnosis = run.look()
        left = max(0, int(begun + WAIT_SECONDS - run.clock()))
        yield diagnosis, left
        if diagnosis.exit is Exit.OK or left == 0:
            return
        run.pause(min(LOOK_SECONDS, left))
