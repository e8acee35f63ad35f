"""A toy step: each host wants a flag set; enough to walk the whole loop."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers import Answers
from wizard.model.facts import Fact, Facts
from wizard.model.step import Command, Danger, Finding, Kind, Step

FLAG: Fact[str] = Fact("flag", "cat /flag", str.strip)


def _plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    for host in facts.hosts:
        if facts.of(host, FLAG) != "up":
            yield Command(host, ("set-flag", "up"), "raise the flag")


def _verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for host in facts.hosts:
        if facts.of(host, FLAG) != "up":
            yield Finding(host, "the flag is down", "raise it")


def _destroy(answers: Answers, facts: Facts) -> Iterator[Command]:
    for command in _plan(answers, facts):
        yield Command(command.host, command.argv, command.why, Danger.DESTROY, confirm="SERIAL1")


def _unit(answers: Answers, facts: Facts) -> Iterator[Command]:
    for command in _plan(answers, facts):
        yield Command(command.host, command.argv, command.why, kind=Kind.UNIT)


def _step(name: str, plan: object) -> Step:
    return Step(
        name,
        "Raise flags",
        "so that they fly",
        "hoist",
        "set-flag up",
        plan,
        _verify,
        facts=(FLAG,),
    )  # type: ignore[arg-type]


TOY = _step("toy", _plan)
DESTROYER = _step("destroyer", _destroy)
LONG = _step("long", _unit)
