"""How long an instance does not answer while it is moved: asked again and again from one place.

That place is the operator's machine where it reaches the instance, as its users do; else a server,
by that server's own clock.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.daily import accident_report
from wizard.hosts.host import Host
from wizard.model.planned import Passenger
from wizard.model.recovery import HERE

if TYPE_CHECKING:
    from wizard.daily.planned import Errands
    from wizard.run.session import Session

PORT = 22
PATIENCE = 1.0
"""Seconds that one question may take."""
EVERY = 0.5
"""Seconds from the end of one question to the next, while nobody answers."""
WHILE_THERE = 1.5
"""The same after an answer. sshd from OpenSSH 9.8 on counts one second against whoever goes away
without a login, and refuses his address once 15 of them have come together: of one question in
more than a second none is left at the next (sshd_config(5), PerSourcePenalties).
"""
KNOCK = """timeout 3 bash -c ": </dev/tcp/$1/$2" 2>/dev/null && said=yes || said=no
echo "$(date +%s.%N) $said\""""
"""bash's /dev/tcp (bash(1), REDIRECTION); the server's own clock. A busy server may need more than
a second to start bash at all.
"""


@dataclass(frozen=True)
class Answer:
    """Whether the instance answered, and when (since 1970, by the clock of whoever asked)."""

    time: float
    there: bool


Ask = Callable[[], Answer | None]
"""One question; None where it could not be asked."""


@dataclass
class Stopwatch:
    """What the answers of one instance amount to; times as `Answer` has them."""

    name: str
    place: str
    gone_since: float = 0.0
    longest: float = 0.0
    """Seconds of the longest time without an answer that came to its end."""
    last: float = 0.0

    def note(self, answer: Answer) -> None:
        """Take one more answer; they come in order."""
        self.last = answer.time
        if not answer.there:
            self.gone_since = self.gone_since or answer.time
        elif self.gone_since:
            self.longest = max(self.longest, answer.time - self.gone_since)
            self.gone_since = 0.0

    @property
    def seconds(self) -> float:
        """The longest time without an answer, the one that still lasts included."""
        lasting = self.last - self.gone_since if self.gone_since else 0.0
        return max(self.longest, lasting)

    @property
    def told(self) -> str:
        """It as a sentence."""
        where = "this machine" if self.place == HERE else f"{self.place}, by its clock"
        if not self.last:
            return f"{self.name}: nobody could ask whether it answers"
        if self.gone_since:
            return f"{self.name} still does not answer, for {self.seconds:.0f} s (from {where})"
        if not self.longest:
            return f"{self.name} answered all the time, asked every two seconds (from {where})"
        return f"{self.name} did not answer for {self.seconds:.0f} s (from {where})"


def from_here(ip: str) -> Answer:
    """Ask from this machine."""
    asked = time.time()
    with contextlib.suppress(OSError), socket.create_connection((ip, PORT), PATIENCE):
        return Answer(asked, there=True)
    return Answer(asked, there=False)


def from_host(host: Host, ip: str) -> Answer | None:
    """Ask from a server; None where that does not answer itself."""
    try:
        said = host.run(("sh", "-c", KNOCK, "knock", ip, str(PORT)), timeout=30).out.split()
        return Answer(float(said[0]), there=said[1] == "yes")
    except (WizardError, ValueError, IndexError):
        return None


@dataclass
class Watched:
    """One instance that is asked, and the stopwatch for it."""

    ask: Ask
    stopwatch: Stopwatch
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until it is over; the last question comes after that."""
        while not self.over.is_set():
            self.over.wait(WHILE_THERE if self._once() else EVERY)
        self._once()

    def _once(self) -> bool:
        """Ask once; whether the instance answered."""
        answer = self.ask()
        if answer is None:
            return False
        self.stopwatch.note(answer)
        return answer.there


@contextmanager
def watching(watched: Sequence[Watched]) -> Iterator[None]:
    """Ask all of them, each in a thread of its own, for as long as the block lasts."""
    threads = [threading.Thread(target=one.run, daemon=True) for one in watched]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in watched:
            one.over.set()
        for thread in threads:
            thread.join()


@contextmanager
def measured(
    run: Errands, passengers: Sequence[Passenger], session: Session
) -> Iterator[list[Stopwatch]]:
    """Measure how long each does not answer meanwhile, and keep it for the report."""
    watched = [_watched(run, passenger) for passenger in passengers if passenger.ip]
    stopwatches = [one.stopwatch for one in watched]
    try:
        with watching(watched):
            yield stopwatches
    finally:
        for one in stopwatches:
            session.journal.add(
                accident_report.OUTAGE,
                instance=one.name,
                seconds=round(one.seconds, 1),
                place=one.place,
                told=one.told,
            )


def _watched(run: Errands, passenger: Passenger) -> Watched:
    """From here where this machine reaches it, else from the server that it goes to."""
    here = run.lookout.hosts.get(HERE)
    if here is not None and from_here(passenger.ip).there:
        return Watched(partial(from_here, passenger.ip), Stopwatch(passenger.name, HERE))
    host = run.lookout.hosts[passenger.target]
    ask_there = partial(from_host, host, passenger.ip)
    return Watched(ask_there, Stopwatch(passenger.name, passenger.target))
