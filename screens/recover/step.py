"""A runbook's step: the build's own step screen, over whichever hosts its commands are for."""

from __future__ import annotations

from screens.step.screen import StepScreen
from wizard.model.review import Review
from wizard.model.step import Step


class RecoverStep(StepScreen):
    """It looks at all machines, and works on few: only these have a panel."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.name_of_help = "runbook"
        self._worked_on: dict[str, None] = {}

    def panels(self, review: Review | None) -> tuple[str, ...]:
        """The hosts that any plan so far had commands for: their output stays."""
        if review is not None:
            self._worked_on.update(dict.fromkeys(review.plan.hosts))
            self._worked_on.update(dict.fromkeys(flight.host for flight in review.flights))
        return tuple(self._worked_on)
