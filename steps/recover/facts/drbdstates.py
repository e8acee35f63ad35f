"""The state of every DRBD minor, from memory alone: /proc/drbd of DRBD 8.4.

`REPLICAS` has more, but asks LVM: it says nothing on a node whose disk hangs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.ganeti.facts import drbdminors
from steps.ganeti.facts.drbdminors import Minor
from wizard.model.facts import Fact

_HEAD = re.compile(r"^\s*(\d+): cs:")
_OUT_OF_SYNC = re.compile(r"\boos:(\d+)")


@dataclass(frozen=True)
class DrbdStates:
    """`oos` is by minor: KiB that this side counts as out of sync with its peer."""

    loaded: bool = False
    minors: tuple[Minor, ...] = ()
    oos: Mapping[int, int] = field(default_factory=dict)

    def minor(self, number: int) -> Minor | None:
        """The configured minor of that number."""
        for minor in self.minors:
            if minor.number == number:
                return minor
        return None


def parse(text: str) -> DrbdStates:
    """Read /proc/drbd; the counters of a minor stand on the lines below its states."""
    oos: dict[int, int] = {}
    number = -1
    for line in text.splitlines():
        head = _HEAD.match(line)
        count = _OUT_OF_SYNC.search(line)
        if head:
            number = int(head[1])
        elif count and number >= 0:
            oos[number] = int(count[1])
    replicas = drbdminors.parse(text)
    return DrbdStates(bool(replicas.version), replicas.minors, oos)


DRBD_STATES = Fact(name="drbd-states", script="cat /proc/drbd", parse=parse)
