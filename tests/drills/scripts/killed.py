"""The wizard itself is killed, at each command of a runbook: drill 20."""

from __future__ import annotations

from tests.drills.drill import Drill
from tests.drills.operator import STARTED
from tests.drills.scripts import parted, power


class AtEachCommand:
    """Kills at the beginning of each command, once: the next run goes one command further."""

    def __init__(self) -> None:
        self.begun: set[str] = set()

    def __call__(self, line: str) -> bool:
        found = STARTED.match(line)
        if found is None:
            return False
        command = f"{found[1]}: {found[2]}"
        if command in self.begun:
            return False
        self.begun.add(command)
        print(f"  ** SIGKILL for the wizard: {command}", flush=True)
        return True


def _killed(drill: Drill) -> AtEachCommand:
    killer = AtEachCommand()
    drill.at_line = killer
    return killer


def master_dead(drill: Drill) -> None:
    """3, killed at each command of each runbook: the same end."""
    killer = _killed(drill)
    power.master_dead(drill)
    drill.tell("killed at so many commands", str(len(killer.begun)))


def keep_running(drill: Drill) -> None:
    """10, killed at each command of each runbook: the same end."""
    killer = _killed(drill)
    parted.keep_running(drill)
    drill.tell("killed at so many commands", str(len(killer.begun)))
