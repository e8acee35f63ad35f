"""What all recorded cases plan, read once for all tests that ask how it is undone."""

from __future__ import annotations

from functools import cache

from tests.cases import STEPS, load
from wizard.model.review import look
from wizard.model.step import Command


@cache
def commands() -> dict[str, tuple[Command, ...]]:
    """Per step, the commands of all its cases, each once."""
    planned: dict[str, dict[str, Command]] = {}
    for case in sorted(STEPS.glob("*/*/*.json")):
        step, _, answers, facts = load(case)
        of_step = planned.setdefault(step.id, {})
        for command in look(step, answers, facts).plan.commands:
            of_step.setdefault(f"{command.key} {command.undo}", command)
    return {step: tuple(found.values()) for step, found in planned.items()}
