"""Commands that are at work now, so that another thread can cut them or no longer wait for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wizard.hosts.host import Host
from wizard.model.events import Emit, notes
from wizard.model.flight import Flight
from wizard.model.step import Kind
from wizard.remote import kinds

CUTTING = frozenset({Kind.REBOOT.value, Kind.ROLLBACK.value})
"""The kinds of commands during which their host is not to be reached."""


@dataclass(eq=False)
class Running:
    """One command at work, from here or since an earlier run."""

    flight: Flight
    host: Host
    leave: threading.Event = field(default_factory=threading.Event)
    """Set when it is waited for no longer."""


class Active:
    """What runs and what is followed; all methods may be called from any thread."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._running: list[Running] = []
        self._leaving = False

    @contextmanager
    def entered(self, flight: Flight, host: Host) -> Iterator[threading.Event]:
        """While a command is at work; gives the flag that tells when to wait no longer."""
        running = Running(flight, host)
        with self._lock:
            if self._leaving:
                running.leave.set()
            self._running.append(running)
        try:
            yield running.leave
        finally:
            with self._lock:
                self._running.remove(running)

    def cut(self) -> bool:
        """End all of them now; what goes on all the same is waited for no longer. Whether any was
        cut. Blocks until they are stopped.
        """
        with self._lock:
            running = list(self._running)
        cut = False
        for one in running:
            carrier = kinds.begun(one.flight)
            if carrier.cut(one.flight, one.host, notes(self._emit, one.host.name)):
                cut = True
            else:
                one.leave.set()
        return cut

    def cut_off(self) -> set[str]:
        """The hosts whose running command reboots them, or may take their link away."""
        with self._lock:
            return {one.host.name for one in self._running if one.flight.kind in CUTTING}

    def leave(self) -> None:
        """Wait for none of them, nor for any that begins from now on: the wizard ends."""
        with self._lock:
            self._leaving = True
            for running in self._running:
                running.leave.set()
