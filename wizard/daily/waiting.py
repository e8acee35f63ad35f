"""Doing nothing, as a way out of an accident: looks at all machines as long as that may help."""

from __future__ import annotations

from collections.abc import Iterator

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
        if left == 0 or not diagnosis.may_pass:
            return
        run.pause(min(LOOK_SECONDS, left))
