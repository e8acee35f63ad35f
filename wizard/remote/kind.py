"""What all kinds of commands have in common: how one is begun, followed, looked up and cut."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.host import Host, OnOutput
from wizard.model.flight import Flight
from wizard.model.step import Command


@dataclass(frozen=True)
class Words:
    """What an operator reads of a kind."""

    about: str
    """How such a command is carried out, beside it in the plan; "" for one that needs no word."""
    running: str
    """The state of its host while it works."""
    leaving: str
    """What becomes of it when the wizard ends now."""


@dataclass(frozen=True)
class Settled:
    """What was found of a command whose end nobody saw."""

    found: str
    """In the journal's words."""
    ok: bool
    """Whether it ended well, by the exit codes that its command names."""
    told: str = ""
    """For the operator, where the journal's words are too short."""


@dataclass(frozen=True)
class Order:
    """A command that is about to begin, with all that a kind may need for it."""

    command: Command
    flight: Flight
    """As the journal has it since its start."""
    host: Host
    stdin: bytes | None
    """Its input with the secrets in it: for the host alone."""
    on_output: OnOutput
    leave: threading.Event
    """Set when it is waited for no longer."""
    remember: Callable[[str, int | str], None]
    """Keeps a job's number ("job") or a boot's id ("boot") in journal and flight."""
    folder: Path
    """The state directory, for output that becomes a file there."""
    resume: str
    """The command line that goes on with this build."""
    peers: Callable[[], Sequence[Host]]
    """The other servers of the cluster."""


class Carrier(ABC):
    """Carries out the commands of one kind.

    A flight whose trace the journal lost (a job that was submitted without its number getting
    there) is not `traced`: nothing can be looked up, so the facts alone decide.
    """

    words: Words

    @abstractmethod
    def start(self, order: Order) -> int | None:
        """Begin: the exit code when it is over with that, None when it is to be followed.

        Raises ConnectionLost when its outcome is unknown, else WizardError.
        """

    @abstractmethod
    def follow(
        self, flight: Flight, host: Host, on_output: OnOutput, leave: threading.Event
    ) -> int:
        """Pass on what it says until it ends; its exit code. After a lost link or a restart of the
        wizard as well.

        Raises LeftRunning on `leave`, ConnectionLost when its outcome is unknown, else WizardError.
        """

    @abstractmethod
    def settle(self, flight: Flight, host: Host) -> Settled | None:
        """Look what became of it; None while it still works. Raises WizardError when that cannot be
        seen.
        """

    def traced(self, flight: Flight) -> bool:
        """Whether the journal has what is needed to look it up."""
        return bool(flight.unit)

    def cut(self, flight: Flight, host: Host, tell: OnOutput) -> bool:
        """End it now, for somebody who does not wait; False when it goes on all the same."""
        return False

    def tidy(self, flight: Flight, host: Host) -> None:
        """Remove what it left on its host, once its end is in the journal; raises WizardError."""
        return
