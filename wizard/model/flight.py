"""What the journal claims of a step: commands in flight, and how far it got."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CLOCK_SLACK = 60.0
"""Seconds that this machine's clock may be set back by while something is in flight."""


@dataclass
class Flight:
    """A command that the journal saw start and not end."""

    step: str
    host: str
    key: str
    line: str
    kind: str
    unit: str = ""
    job: int = 0
    boot: str = ""
    at: str = ""
    ok: tuple[int, ...] = (0,)
    """The exit codes that count as success."""

    @property
    def age(self) -> float:
        """Seconds since it started; endless when the record bears no time, or one that is still to
        come since the clock was set back: nothing is waited for on its account.
        """
        try:
            age = time.time() - datetime.fromisoformat(self.at).timestamp()
        except ValueError:
            return float("inf")
        return max(age, 0.0) if age >= -CLOCK_SLACK else float("inf")


class Claim(StrEnum):
    """What the journal claims of a step, in words."""

    UNKNOWN = "in flight, outcome unknown"
    FAILED = "failed or unfinished"
    VERIFIED = "verified"
    BEGUN = "begun"
    NOT_BEGUN = "not begun"


UNCLEAR = frozenset({"failed", "unknown"})
"""What the journal says of a host on which a command did not end well."""


@dataclass
class Progress:
    """What the journal holds of one step: claims to be checked against the hosts, not facts."""

    verified: str = ""
    failed: str = ""
    hosts: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    commands: int = 0
    flights: dict[str, Flight] = field(default_factory=dict)

    @property
    def claim(self) -> Claim:
        """The gravest of what is claimed."""
        if self.flights:
            return Claim.UNKNOWN
        if self.failed or UNCLEAR & set(self.hosts.values()):
            return Claim.FAILED
        if self.verified:
            return Claim.VERIFIED
        return Claim.BEGUN if self.hosts else Claim.NOT_BEGUN

    @property
    def words(self) -> str:
        """The claim as it is told, a verification with its time, to the minute."""
        if self.claim is Claim.VERIFIED:
            # The journal's seconds and zone only make a column wider.
            return f"{self.claim} {self.verified[:16]}"
        return str(self.claim)
