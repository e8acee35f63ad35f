"""What is the matter after an accident, as values: who is there, what was found, what can be done.

A diagnosis is made of the facts of one moment. It never says that a machine is dead: that is a
claim about its power, which only a person can make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from wizard.base.exits import Exit
from wizard.model.facts import Facts
from wizard.model.step import Danger
from wizard.model.verdicts import Lock

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.model.facts import Fact

HERE = "this machine"
"""The one that this program runs on, as a place to look from; no host's name has a blank."""


class Standing(Enum):
    """How a machine stands towards those who look at it."""

    ANSWERS = "answers"
    PARTIAL = "answers in part"
    """It let the wizard in, and not every look came to its end."""
    ALIVE = "alive"
    """It did not answer the wizard, and there is a sign of life."""
    SILENT = "silent"
    """Somebody looked, and there was no sign of life. That is not: dead."""
    UNSEEN = "unseen"
    """Nobody could look."""


@dataclass(frozen=True)
class Evidence:
    """One thing that was read: by which look (`source`), on which host, what, and when.

    `time` is in seconds since 1970 by that host's own clock; 0 where it was not told.
    """

    source: str
    host: str
    what: str
    time: int = 0


@dataclass(frozen=True)
class Presence:
    """Whether a machine is there, with what speaks for it.

    `vantages` are the places from where it was looked at, `near` those of them on its own network
    segment, `readings` the fewest that one of them took between `since` and `until`.
    """

    state: Standing
    signs: tuple[Evidence, ...] = ()
    vantages: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    readings: int = 0
    since: int = 0
    until: int = 0


class Confidence(Enum):
    """How sure a situation is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True)
class Word:
    """One line of what to do: a command to be typed on a host, or something that a person does.

    `host` is where it is typed, "" for the operator's own machine or for no machine at all.
    """

    text: str
    host: str = ""
    danger: Danger = Danger.READ
    command: bool = False


@dataclass(frozen=True)
class Runbook:
    """One way out. `refused` says why it must not be gone now, `lifted` which reading would change
    that.

    `by_hand` is whether a person types it all: the program carries none of it out. `claimable`: the
    refusal is only that too few places looked, or that a silent server may hold newer data. It
    falls when a person says that the power is off, and a second look, a minute after the first one,
    finds no sign of life either; what it may hold is given up by a choice of the runbook.
    """

    id: str
    title: str
    words: tuple[Word, ...]
    refused: str = ""
    lifted: str = ""
    by_hand: bool = True
    claimable: bool = False

    @property
    def offered(self) -> bool:
        """Whether it may be gone now."""
        return not self.refused

    @property
    def changes(self) -> bool:
        """Whether any of it does more than look."""
        return any(word.danger is not Danger.READ for word in self.words)


WAIT = "wait"
"""The way out that is to do nothing."""


@dataclass(frozen=True)
class Situation:
    """One thing that is the matter, with its evidence and the ways out, the safest first; `stays`
    where time alone certainly mends nothing of it.
    """

    id: str
    title: str
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    runbooks: tuple[Runbook, ...]
    stays: bool = False


@dataclass(frozen=True)
class Seen:
    """One host as it was found: which facts came, which are lacking, how old they are (seconds)."""

    name: str
    role: str
    presence: Presence
    facts: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    age: float | None = None


@dataclass(frozen=True)
class Findings:
    """What a judge makes of the facts; `timeline` is what machines remember, the oldest first."""

    hosts: tuple[Seen, ...]
    vantages: tuple[str, ...]
    situations: tuple[Situation, ...]
    timeline: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """All of one moment; `taken` in seconds since 1970 by this machine's clock, when the look
    began, `seconds` how long it took, `locks` who else changes which hosts just now.
    """

    cluster: str
    taken: float
    seconds: float
    findings: Findings
    locks: tuple[Lock, ...] = ()

    @property
    def servers(self) -> list[str]:
        """The servers that let the wizard look."""
        return [seen.name for seen in self.findings.hosts if seen.role == "node" and seen.facts]

    @property
    def silent_servers(self) -> list[Seen]:
        """The servers that somebody may take for dead, after looking at their power."""
        silent = []
        for seen in self.findings.hosts:
            if seen.role == "node" and seen.presence.state is Standing.SILENT:
                silent.append(seen)
        return silent

    @property
    def exit(self) -> Exit:
        """0 nothing is the matter, 5 something is, 6 nothing could be seen."""
        told = (Standing.ANSWERS, Standing.PARTIAL)
        if not any(host.presence.state in told for host in self.findings.hosts):
            return Exit.UNREACHABLE
        return Exit.PENDING if self.findings.situations else Exit.OK

    @property
    def may_pass(self) -> bool:
        """Whether anything of it may change by itself: what is not seen, what somebody else works
        on, and whatever does not certainly stay.
        """
        if self.exit is not Exit.PENDING:
            return self.exit is Exit.UNREACHABLE
        return bool(self.locks) or not all(found.stays for found in self.findings.situations)


@dataclass(frozen=True)
class Doctor:
    """What to look at after an accident and how to judge it; pure.

    `facts` gives by host the lanes of facts (`wizard.run.within`): the first alone, the others side
    by side. `here` are those for the machine that this program runs on, none where that is a node:
    one machine is one vantage point. `judge` takes besides when each host's answer was complete,
    and the time now. `clock` is the time of a look by the clock that the steps go by: seconds since
    1970, 0 when nobody told.
    """

    facts: Callable[[Answers], Mapping[str, Sequence[Sequence[Fact[Any]]]]]
    here: Callable[[Answers], Sequence[Sequence[Fact[Any]]]]
    judge: Callable[[Answers, Facts, Mapping[str, float], float], Findings]
    clock: Callable[[Answers, Facts], int]
