"""Planned work on a cluster that is well, in the same vocabulary as the work after an accident.

An errand is about one thing, the `Case.subject` (an instance, a node), and has a `Case.target`, the
node that it goes to. Both are settled when it begins and kept in its folder: which way it goes must
never be concluded anew from facts that it has changed itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.model.accident import Case, Play, Recovery
    from wizard.model.facts import Facts
    from wizard.model.step import Finding, Prompt


@dataclass(frozen=True)
class Passenger:
    """An instance on its way: its names, its address, the nodes by short name, and why it has to be
    stopped, "" where it runs on. `prompts` are the secrets that are wanted after a stop.
    """

    name: str
    short: str
    ip: str
    source: str
    target: str
    stopped: str = ""
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True)
class Errand:
    """One sort of planned work.

    `subjects` are the full names of what it can be about, `subject` gives that of what a person
    named, `target` the full name of the node for it; both of these raise WizardError. `objections`
    are the reasons not to begin, `passengers` who goes where, `own` the steps that do it, by id:
    when they are done there is nothing to be done.
    """

    play: Play
    subjects: Callable[[Answers, Facts], Iterable[str]]
    subject: Callable[[Answers, Facts, str], str]
    target: Callable[[Answers, Facts, str, str], str]
    objections: Callable[[Case, Answers, Facts], Iterable[Finding]]
    passengers: Callable[[Case, Answers, Facts], Iterable[Passenger]]
    own: tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What was typed of planned work: the verb, its subject, and the options that change it."""

    verb: str
    subject: str
    to: str = ""
    back: bool = False
    stopped: bool = False
    """It is to be stopped where it could run on."""


@dataclass(frozen=True)
class Planned:
    """All planned work: `move` an instance, free a node for its `maintenance`, and `back` again, or
    `back_alone` where nobody knows of the maintenance.

    `tolerated` are the situations beside which work may begin. `boot` is the id of a node's boot,
    "" unknown. `advice` is what must not be done while the node of a case is away.
    """

    recovery: Recovery
    move: Errand
    maintenance: Errand
    back: Errand
    back_alone: Errand
    tolerated: frozenset[str]
    boot: Callable[[Answers, Facts, str], str]
    advice: Callable[[Case, Answers], Iterable[str]]
