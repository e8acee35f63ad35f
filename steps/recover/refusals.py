"""Why something must not be done, as a value: known to all that judge, whatever they judge."""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """Why something must not be done now, and the reading that lifts that; both "" if it may be."""

    why: str = ""
    lifted: str = ""
