"""What the engine tells a front end while it works; every value is frozen and may cross threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wizard.model.step import Command, Finding


@dataclass(frozen=True)
class Note:
    """A sentence for the operator, about one host or (host "") about all."""

    host: str
    text: str


@dataclass(frozen=True)
class Gathering:
    """The engine looks at the hosts for a step."""

    step: str


@dataclass(frozen=True)
class Started:
    """A command began; `index` counts from 1 in its plan of `total`."""

    step: str
    command: Command
    index: int
    total: int


@dataclass(frozen=True)
class Output:
    """Output of a running command, as it came."""

    step: str
    command: Command
    text: str


@dataclass(frozen=True)
class Ended:
    """A command ended: its exit code, whether that counts as success, and how long it took in
    seconds.
    """

    step: str
    command: Command
    rc: int
    ok: bool
    seconds: float


@dataclass(frozen=True)
class Unknown:
    """The link broke, or the operator stopped: whether the command finished is to be looked at."""

    step: str
    command: Command
    reason: str


@dataclass(frozen=True)
class Verified:
    """A step was looked at on fresh facts; no problems means done."""

    step: str
    problems: tuple[Finding, ...]


Event = Note | Gathering | Started | Output | Ended | Unknown | Verified
Emit = Callable[[Event], None]


def ignore(event: Event) -> None:
    """An Emit for those who do not listen."""


def notes(emit: Emit, host: str) -> Callable[[str], None]:
    """Pieces of text about a host become its notes."""
    return lambda text: emit(Note(host, text.rstrip("\n")))
