"""Commands that started and whose end the journal did not see: looked at, re-attached, never
repeated blindly.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from wizard.base.errors import ConnectionLost, Unreachable
from wizard.hosts.host import Host
from wizard.model.events import Emit, Note, notes
from wizard.model.flight import Flight
from wizard.model.step import Kind
from wizard.remote import job, reboot, rollback, unit
from wizard.state.journal import Journal


def settle(flight: Flight, hosts: Mapping[str, Host], journal: Journal, emit: Emit) -> bool:
    """Look what became of a command. True while it still runs; otherwise the journal is told what
    was found.

    Raises WizardError when the host cannot be reached: then nothing is known and nothing is
    recorded.
    """
    host = hosts.get(flight.host)
    if host is None:
        _record(journal, flight, "the host is no longer part of the build", ok=False)
        return False
    if flight.kind == Kind.ROLLBACK.value and flight.unit:
        return _settle_rollback(flight, host, journal, emit)
    if flight.kind == Kind.UNIT.value and flight.unit:
        return _settle_unit(flight, host, journal, emit)
    if flight.kind == Kind.JOB.value and flight.job:
        return _settle_job(flight, host, journal, emit)
    if flight.kind == Kind.REBOOT.value and flight.boot:
        return _settle_reboot(flight, host, journal, emit)
    emit(
        Note(
            flight.host,
            f"whether this finished is unknown, so the hosts are looked at: {flight.line}",
        )
    )
    _record(journal, flight, "unknown: the facts decide", ok=False)
    return False


def _settle_rollback(flight: Flight, host: Host, journal: Journal, emit: Emit) -> bool:
    """A change that the host undoes unless it is kept: it ends as one or the other before anything
    else is planned.
    """
    state = unit.look(host, flight.unit)
    kept = None if state.running else rollback.settle(host, flight.unit, state.rc)
    if kept is None:
        return True
    found = (
        "the host was reached over it, so it is kept"
        if kept
        else "it was undone or cut short: the facts decide"
    )
    emit(Note(flight.host, f"{found}: {flight.line}"))
    _record(journal, flight, found, ok=kept)
    unit.forget(host, flight.unit)
    return False


def _settle_job(flight: Flight, host: Host, journal: Journal, emit: Emit) -> bool:
    try:
        state = job.status(host, flight.job)
    except job.UnknownJob as error:
        found = f"{error.what}; the facts decide"
        emit(Note(flight.host, f"{found}: {flight.line}"))
        _record(journal, flight, found, ok=False)
        return False
    if state in job.LIVE:
        return True
    rc = 0 if state == "success" else 1
    _record(journal, flight, f"job {flight.job} has ended: {state}", ok=rc in flight.ok)
    return False


def _settle_unit(flight: Flight, host: Host, journal: Journal, emit: Emit) -> bool:
    state = unit.look(host, flight.unit)
    if state.running:
        return True
    if state.rc is not None:
        emit(Note(flight.host, f"ended meanwhile with exit code {state.rc}: {flight.line}"))
        _record(journal, flight, f"ended with {state.rc}", ok=state.rc in flight.ok)
    else:
        emit(Note(flight.host, f"did not finish, so the hosts are looked at: {flight.line}"))
        _record(journal, flight, "did not finish", ok=False)
    unit.forget(host, flight.unit)
    return False


def _settle_reboot(flight: Flight, host: Host, journal: Journal, emit: Emit) -> bool:
    """A host that was told to reboot and is away, or has not gone down yet, is waited for; it is
    not told again.
    """
    try:
        now, going_down = reboot.look(host)
    except (Unreachable, ConnectionLost) as error:
        if type(error) in (Unreachable, ConnectionLost) and flight.age < reboot.BOOT_TIMEOUT:
            return True
        raise
    if now == flight.boot and (going_down or flight.age < reboot.GOING_DOWN):
        return True
    found = "it did not reboot" if now == flight.boot else "it has rebooted"
    emit(Note(flight.host, f"{found}: {flight.line}"))
    _record(journal, flight, found, ok=now != flight.boot)
    return False


def follow(
    flight: Flight, hosts: Mapping[str, Host], journal: Journal, emit: Emit, stop: threading.Event
) -> None:
    """Re-attach to a command that still runs, until it ends."""
    host = hosts[flight.host]
    sink = notes(emit, flight.host)
    emit(Note(flight.host, f"still running from before, following it: {flight.line}"))
    if flight.job:
        job.follow(host, flight.job, sink, stop)
    elif flight.boot:
        reboot.await_boot(host, flight.boot, sink, stop, reboot.BOOT_TIMEOUT)
    else:
        unit.follow(host, flight.unit, sink, stop)
    if settle(flight, hosts, journal, emit) and flight.kind == Kind.ROLLBACK.value:
        rollback.await_undone(host, flight.unit, sink, stop)
        settle(flight, hosts, journal, emit)


def cut(flight: Flight, hosts: Mapping[str, Host], emit: Emit) -> bool:
    """Stop a followed command; False for what goes on in any case (a job, a reboot) or cannot be
    stopped now.
    """
    if flight.kind != Kind.UNIT.value or not flight.unit:
        return False
    return unit.cut(hosts[flight.host], flight.unit, notes(emit, flight.host))


def _record(journal: Journal, flight: Flight, found: str, *, ok: bool) -> None:
    journal.add(
        "looked",
        step=flight.step,
        host=flight.host,
        key=flight.key,
        line=flight.line,
        found=found,
        ok=ok,
    )
