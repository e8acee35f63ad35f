"""The sentences of planned work: the same on a terminal, in lines and on the screens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard.daily.maintaining import paused_until
from wizard.model.planned import Passenger

if TYPE_CHECKING:
    from wizard.daily.accident import Accident
    from wizard.daily.planned import Errands

DOWNTIME = "from its shutdown until it has booted, one to three minutes"


def moved(passengers: Sequence[Passenger]) -> str:
    """Who goes where, and what its users notice of it; a line each."""
    lines = []
    for one in passengers:
        lines.append(f"{one.name} goes from {one.source} to {one.target}.")
        if one.stopped:
            lines.append(f"   It is stopped for that: {one.stopped}.")
            lines.append(f"   DOWNTIME: {DOWNTIME}.")
        else:
            lines.append(
                "   It runs on meanwhile, and stands still for a moment at the end. Should"
            )
            lines.append("   that fail, it goes on where it is; a stop (--failover) moves it then.")
        if one.prompts:
            lines.append(
                "   The stop locks its encrypted volume, which its passphrase opens again."
            )
    return "\n".join(lines)


def free(run: Errands, accident: Accident) -> str:
    """That a node may be worked on, and what must not be done until it is back; a line each."""
    node = accident.case.subject
    lines = [f"{node} IS FREE. Work on it or reboot it now. Until it is back:"]
    for advice in run.planned.advice(accident.case, run.build.answers):
        lines.append(f"   - {advice}")
    until = paused_until(accident)
    if until:
        told = time.strftime("%H:%M UTC", time.gmtime(until))
        lines.append(f"   - the watcher is paused, which ends by itself, not before {told}")
    lines.append(f"When it is back: {back_command(accident)}")
    return "\n".join(lines)


def back_command(accident: Accident) -> str:
    """What is typed when the work on a node is done."""
    return f"ganeti-wizard maintenance {accident.case.subject} --back"
