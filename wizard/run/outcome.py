"""How an attempt at a step ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wizard.base.errors import ConnectionLost
from wizard.model.review import Review, State


class End(Enum):
    """How an attempt to carry a step out, or to follow what was left of it, ended."""

    DONE = "done"
    """Ran, and verified on fresh facts."""
    STALE = "stale"
    """The hosts changed since the plan was shown: nothing was run; the new plan wants a new
    consent.
    """
    CONSENT = "consent"
    """A typed confirmation is missing: nothing was run."""
    SECRET = "secret"
    """A secret that a command reads was not given: nothing was run."""
    BLOCKED = "blocked"
    """A preflight check refuses: nothing was run, or nothing more can be."""
    FAILED = "failed"
    """A command failed, was stopped, or its outcome is unknown."""
    MORE = "more"
    """All ran; what the hosts show now asks for further commands, shown in the new review."""
    UNCHANGED = "unchanged"
    """All ran well, and the hosts ask for the very same commands again: once more would be no
    better.
    """
    WRONG = "wrong"
    """All ran, and the verification finds something wrong."""


ENDS = {
    State.DONE: End.DONE,
    State.READY: End.MORE,
    State.BLOCKED: End.BLOCKED,
    State.WRONG: End.WRONG,
    State.UNSEEN: End.FAILED,
    State.RUNNING: End.FAILED,
}
"""What a last look at a step amounts to."""


@dataclass(frozen=True)
class Outcome:
    """The end of an attempt, with the look at the hosts that came last; `lost` when a command's
    outcome is unknown.
    """

    end: End
    review: Review
    lost: ConnectionLost | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the same step is shown anew, so that its secrets are still wanted."""
        return self.end in (End.MORE, End.STALE)
