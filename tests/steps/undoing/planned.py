"""What the recorded cases of a step plan, read once for all tests that ask how it is undone."""

from __future__ import annotations

from functools import cache

from tests.cases import STEPS, load
from wizard.model.review import look
from wizard.model.step import Command

CASES = [case for case in sorted(STEPS.glob("*/*/*.json")) if case.parent.name != "facts"]
OF_STEPS = sorted({case.parent.name for case in CASES})
"""The steps that have cases."""


@cache
def commands(step_id: str) -> tuple[Command, ...]:
    """All that is planned in any of a step's cases, each command once for each undo."""
    planned: dict[str, Command] = {}
    for case in CASES:
        if case.parent.name == step_id:
            step, _, answers, facts = load(case)
            for command in look(step, answers, facts).plan.commands:
                planned.setdefault(f"{command.key} {command.undo}", command)
    return tuple(planned.values())
