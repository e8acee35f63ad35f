"""The cluster's health as values: one verdict a check and host, and a report of all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from wizard.base.exits import Plugin
from wizard.model.facts import Fact, Facts
from wizard.model.step import remedy

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.model.step import Command


class Level(Enum):
    """How bad it is; the value is the word that people and programs read."""

    OK = "ok"
    ABSENT = "not set up"
    """Not there and never was: told, and counted as ok."""
    UNKNOWN = "unknown"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def code(self) -> Plugin:
        """The exit code of a monitoring plugin."""
        return {
            Level.UNKNOWN: Plugin.UNKNOWN,
            Level.WARNING: Plugin.WARNING,
            Level.CRITICAL: Plugin.CRITICAL,
        }.get(self, Plugin.OK)

    @property
    def rank(self) -> int:
        """The order from good to bad: ok, not set up, unknown, warning, critical."""
        return list(Level).index(self)


@dataclass(frozen=True)
class Verdict:
    """What one check found on one host ("" for the cluster as a whole), and how to mend it.

    `mend` is what the operator does by hand, `step` the id of the step that mends it.
    """

    check: str
    host: str
    level: Level
    what: str
    mend: str = ""
    step: str = ""

    @property
    def remedy(self) -> str:
        """How to mend it, in words; "" where nothing is to be mended."""
        return remedy(self.mend, self.step)


@dataclass(frozen=True)
class Lock:
    """Somebody else changes a host just now: told beside what was found, and no finding itself.

    `doing` is what the other one does; `since` when it took the lock, `heard` when it was last
    heard of, both in seconds since 1970, None where the host does not say.
    """

    host: str
    who: str
    doing: str
    since: float | None
    heard: float | None
    what: str
    """All of it in words."""

    @property
    def line(self) -> str:
        """What a plan or a diagnosis says of it."""
        return f"[{self.host}] locked: {self.what}"


@dataclass(frozen=True)
class Checkup:
    """What to look at and how to judge it; pure. `verify` is the command that has Ganeti check
    everything afresh.

    `facts` gives the facts by host: the servers, the guests and the backup host, by the first label
    of their names.
    """

    facts: Callable[[Answers], Mapping[str, Sequence[Fact[Any]]]]
    judge: Callable[[Answers, Facts], Iterable[Verdict]]
    verify: Callable[[Answers, Facts], Command | None]


@dataclass(frozen=True)
class Report:
    """All verdicts of one moment; `taken` in seconds since 1970 by this machine's clock, `seconds`
    it took.
    """

    cluster: str
    verdicts: tuple[Verdict, ...]
    taken: float = field(default_factory=time.time)
    seconds: float = 0.0
    locks: tuple[Lock, ...] = ()

    @property
    def level(self) -> Level:
        """The worst level; not knowing is worse than ok and better than a warning, as monitoring
        plugins have it.
        """
        worst = max(
            (one.level for one in self.verdicts),
            key=lambda level: level.rank,
            default=Level.UNKNOWN,
        )
        return Level.OK if worst is Level.ABSENT else worst

    def of(self, level: Level) -> tuple[Verdict, ...]:
        """The verdicts of one level."""
        return tuple(one for one in self.verdicts if one.level is level)

    @property
    def sorted(self) -> tuple[Verdict, ...]:
        """The worst first; otherwise in the order of the checks."""
        return tuple(sorted(self.verdicts, key=lambda one: -one.level.rank))
