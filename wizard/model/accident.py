"""One accident as it is worked off: who said what about a machine's power, and which steps follow.

A claim or a choice lives in memory and in the accident's journal, never in saved answers: it is
about one moment, and the next run of the program must ask anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.model.facts import Facts
    from wizard.model.recovery import Doctor
    from wizard.model.step import Command, Step

FENCED = {
    "cables": "its power cables were pulled",
    "power": "its management card or power strip says that it is off",
    "removed": "it was taken out of the rack",
}
"""How a machine was made to be without power; that somebody rebooted it is none of these."""
CLAIM_SECONDS = 1800
"""How long a claim counts."""


@dataclass(frozen=True)
class Claim:
    """A person's word that a machine has no power: its full name, how (a key of FENCED), when (in
    seconds since 1970 by `Doctor.clock`), and when it was found silent for the first time in this
    run.
    """

    node: str
    fenced: str
    made: int
    since: int

    def expired(self, now: int) -> bool:
        """Whether it is too old to be acted on, or the clock was set since."""
        return abs(now - self.made) >= CLAIM_SECONDS


@dataclass(frozen=True)
class Case:
    """What one run of a runbook knows beside answers and facts.

    `accident` names the accident's folder, `owner` who works on it, `opened` is when it began
    (seconds since 1970): the same for all runs that go on with it.
    """

    runbook: str
    accident: str
    owner: str
    opened: int
    claim: Claim | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    """By a choice's id, the value that somebody took in this run."""
    subject: str = ""
    """For planned work the instance or node that it is about, by full name."""
    target: str = ""
    """For planned work the node that the subject, or what runs on it, goes to, by full name."""
    carried: tuple[str, ...] = ()
    """For planned work the instances that were to be moved when it began, by full name."""


@dataclass(frozen=True)
class Option:
    """One answer to a choice: its value, and what it means in words."""

    value: str
    words: str


@dataclass(frozen=True)
class Choice:
    """What a person has to decide before a runbook may be gone.

    `options` are what there is to choose from by these facts; where there are none, nothing is
    asked.
    """

    id: str
    question: str
    options: Callable[[Answers, Facts], tuple[Option, ...]]


@dataclass(frozen=True)
class Play:
    """A runbook that the program carries out, step by step. `claims` is whether somebody has to say
    that a machine is without power.
    """

    id: str
    title: str
    steps: Callable[[Case], tuple[Step, ...]]
    claims: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Recovery:
    """How an accident is looked at, and what can be carried out after it: `plays` by their ids,
    `thaw` alone, and the command that gives a server's `evidence` (its short name).
    """

    doctor: Doctor
    plays: Mapping[str, Play]
    thaw: Callable[[Case], tuple[Step, ...]]
    evidence: Callable[[str], Command]
