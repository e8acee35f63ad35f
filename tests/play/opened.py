"""A build over played machines, as the front ends open one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from steps import build, checkup, stocktaking
from tests.cases import answers_of, case_path, content, merged
from tests.play.daily import daily
from tests.play.inventory import inventory
from tests.play.machine import Machine
from tests.play.recordings import ANSWERS
from tests.play.world import finished, runs, world
from wizard.answers import Answers
from wizard.run.session import Session
from wizard.state.store import Store


@dataclass(frozen=True)
class Beginning:
    """Where a play begins: how often each step was run before it, and a case to show first."""

    begun: Mapping[str, int] = field(default_factory=dict)
    case: str = ""
    """STEP/CASE: what the machines say, in place of the usual case, until that step was run."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Answers that are decided beside the recorded ones."""


def at(step: str, *, central: bool = False) -> Beginning:
    """All steps before this one are done; backups are made by restic, or by Bacula."""
    given = {"backup": {"kind": "central"}} if central else {}
    return Beginning(finished(step, central=central), given=given)


def showing(case: str) -> Beginning:
    """All steps before that of the case are done, and the machines say what the case has."""
    step, name = case.split("/")
    return Beginning(finished(step), case, content(case_path(step, name)).get("answers", {}))


@dataclass
class Machines:
    """A MakeHosts: all machines of the answers."""

    beginning: Beginning
    seconds: float
    """How long a command seems to last."""
    made: dict[str, Machine] = field(default_factory=dict)

    def __call__(
        self, answers: Answers, store: Store, passwords: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Machines that answer by what the journal in the store says was run."""
        names = [node.short for node in answers.nodes]
        names += [guest.short for guest in answers.guests]
        if answers.backup_host is not None:
            names.append(answers.backup_host.short)
        for name in names:
            if name not in self.made:
                look = partial(self._look, store)
                self.made[name] = Machine(name, look=look, seconds=self.seconds)
        return {name: self.made[name] for name in names}

    def _look(self, store: Store, name: str) -> dict[str, str]:
        """What one machine says now."""
        done = runs(store.journal().records)
        texts = {**daily(name), **world({**self.beginning.begun, **done}).get(name, {})}
        step, _, case = self.beginning.case.partition("/")
        if step and step not in done:
            texts |= content(case_path(step, case))["facts"].get(name, {})
        return {**inventory(name), **texts}


def opened(folder: Path, beginning: Beginning, *, seconds: float = 0.0) -> tuple[Session, Machines]:
    """An open session with all real steps, and its machines."""
    machines = Machines(beginning, seconds)
    session = Session(Store(folder), build(), machines, checkup=checkup(), inventory=stocktaking())
    session.open()
    if not session.store.begun():
        session.decide(answers_of(merged(ANSWERS, beginning.given)))
    return session, machines
