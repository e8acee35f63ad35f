"""Commands that started and whose end the journal did not see: looked at, re-attached, never
repeated blindly.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from wizard.hosts.host import Host
from wizard.model.events import Emit, Note, notes
from wizard.model.flight import Flight
from wizard.remote import kinds
from wizard.remote.kind import Settled
from wizard.state.journal import Journal

GONE = Settled("the host is no longer part of the build", ok=False)


def settle(flight: Flight, hosts: Mapping[str, Host], journal: Journal, emit: Emit) -> bool:
    """Look what became of a command. True while it still runs; otherwise the journal is told what
    was found.

    Raises WizardError when the host cannot be reached: then nothing is known and nothing is
    recorded.
    """
    host = hosts.get(flight.host)
    if host is None:
        _record(journal, flight, GONE)
        return False
    carrier = kinds.finder(flight)
    settled = carrier.settle(flight, host)
    if settled is None:
        return True
    emit(Note(flight.host, f"{settled.told or settled.found}: {flight.line}"))
    # The record comes first: a wizard that is killed here leaves files behind, and no riddle.
    _record(journal, flight, settled)
    carrier.tidy(flight, host)
    return False


def follow(
    flight: Flight, hosts: Mapping[str, Host], journal: Journal, emit: Emit, leave: threading.Event
) -> None:
    """Re-attach to a command that still runs, until it ends or `leave` is set."""
    carrier = kinds.finder(flight)
    host = hosts[flight.host]
    emit(Note(flight.host, f"still running from before, following it: {flight.line}"))
    # A change that undoes itself is followed twice: to its own end, then until it is undone.
    while not leave.is_set():
        carrier.follow(flight, host, notes(emit, flight.host), leave)
        if not settle(flight, hosts, journal, emit):
            return


def _record(journal: Journal, flight: Flight, settled: Settled) -> None:
    journal.add(
        "looked",
        step=flight.step,
        host=flight.host,
        key=flight.key,
        line=flight.line,
        found=settled.found,
        ok=settled.ok,
    )
