"""The ways out of an accident by `recover`'s own names: one source for what its diagnosis and the
mends of health's checks tell to type.
"""

from __future__ import annotations

from steps.ganeti.facts.ganeti import Guest

RECOVER = "ganeti-wizard recover diagnose"
"""What a mend names where an accident is behind it."""
CAREFUL = f"{RECOVER} says what can be done"
"""In place of a command that would be right if no node were away."""


def way(runbook: str) -> str:
    """The command that carries a runbook out; whether it may is judged when it is typed."""
    return f"ganeti-wizard recover apply {runbook}"


def started(guest: Guest) -> str:
    """What starts an instance that was stopped on purpose; Ganeti starts none that is marked
    offline (gnt-instance(8), modify --online; lib/cmdlib/instance_operation.py, LUInstanceStartup).
    """
    start = f"gnt-instance startup {guest.name}"
    if guest.state == "offline":
        return f"gnt-instance modify --online {guest.name}; {start}"
    return start
