"""Planned work: moves and maintenance, from the list to their steps."""

from __future__ import annotations

from screens.planned.base import PlannedPage
from screens.planned.beginning import Beginning
from wizard.daily.work import Work


class PlannedScreen(PlannedPage):
    """F8 begins what is under the cursor."""

    def begin(self, row: Work) -> None:
        """See `PlannedPage`."""
        Beginning(self, row).start()
