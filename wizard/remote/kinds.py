"""Who carries out which kind of command."""

from __future__ import annotations

from wizard.model.flight import Flight
from wizard.model.step import Kind
from wizard.remote.exec import Exec
from wizard.remote.job import Job
from wizard.remote.kind import Carrier
from wizard.remote.reboot import Reboot
from wizard.remote.rollback import Rollback
from wizard.remote.unit import Unit

CARRIERS: dict[Kind, Carrier] = {
    Kind.EXEC: Exec(),
    Kind.UNIT: Unit(),
    Kind.JOB: Job(),
    Kind.REBOOT: Reboot(),
    Kind.ROLLBACK: Rollback(),
}


def of(kind: Kind) -> Carrier:
    """The one for commands of this kind."""
    return CARRIERS[kind]


def begun(flight: Flight) -> Carrier:
    """The one that began a command by the journal; for a kind that this version does not know, the
    one that promises nothing.
    """
    try:
        return CARRIERS[Kind(flight.kind)]
    except ValueError:
        return CARRIERS[Kind.EXEC]


def finder(flight: Flight) -> Carrier:
    """The one that can look up what became of a command."""
    carrier = begun(flight)
    return carrier if carrier.traced(flight) else CARRIERS[Kind.EXEC]
