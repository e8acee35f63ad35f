"""What one look at the hosts gave for several steps, and for which of them it still counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.base.errors import WizardError
from wizard.model.facts import Fact, Facts
from wizard.run.others import lock_facts

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host
    from wizard.model.step import Step
    from wizard.run.gather import Gather

Unsettled = Mapping[str, Mapping[str, WizardError]]
"""By step and host: why it cannot be said whether a command of that step still runs there."""


@dataclass(frozen=True)
class Sight:
    """Facts with what was asked for: of which machine, by which scripts."""

    facts: Facts
    asked: Mapping[str, tuple[Host, Mapping[str, str]]]
    """By the host's name: the machine, and the script of each fact."""

    def serves(
        self,
        step: Step,
        answers: Answers,
        hosts: Mapping[str, Host],
        missing: Mapping[str, WizardError],
    ) -> bool:
        """Whether a look of the step's own would ask the very same now.

        An earlier step of the survey may have suggested answers by which a fact's script, a step's
        hosts or the way to them became others.
        """
        for name in step.hosts(answers):
            if name in missing:
                continue
            if not self._covers(hosts[name], step.facts, answers):
                return False
        return True

    def _covers(self, host: Host, facts: Sequence[Fact[Any]], answers: Answers) -> bool:
        """Whether this very machine was asked for all these facts, by the scripts of now."""
        if host.name not in self.asked:
            return False
        machine, scripts = self.asked[host.name]
        if machine is not host:
            return False
        for fact in facts:
            script_of_now = fact.script_for(answers, host.name)
            if scripts.get(fact.name) != script_of_now:
                return False
        return True

    def of(self, step: Step, answers: Answers, missing: Mapping[str, WizardError]) -> Facts:
        """What concerns a step, which goes without the hosts in `missing`."""
        # In the step's own order, since commands are planned in that of the facts.
        return self.facts.only(step.hosts(answers), missing)


def sight(
    steps: Sequence[Step],
    answers: Answers,
    hosts: Mapping[str, Host],
    gather: Gather,
    unsettled: Unsettled,
) -> Sight:
    """Look at the hosts of these steps, one exec each; for no step at those that hide its own
    commands. Who holds the servers' locks is looked at in the same exec.
    """
    asked: dict[str, tuple[Host, Mapping[str, str]]] = {}
    pairs: list[tuple[Host, Sequence[Fact[Any]]]] = []
    for name, facts in _wanted(steps, answers, unsettled).items():
        machine = hosts[name]
        asked[name] = (machine, _scripts(facts.values(), answers, name))
        pairs.append((machine, list(facts.values())))
    return Sight(gather(pairs, answers), asked)


def _wanted(
    steps: Sequence[Step], answers: Answers, unsettled: Unsettled
) -> dict[str, dict[str, Fact[Any]]]:
    """By host and by its name: each fact that is to be looked for, once."""
    wanted: dict[str, dict[str, Fact[Any]]] = {}
    for step in steps:
        missing = unsettled.get(step.id, {})
        for host in step.hosts(answers):
            if host in missing:
                continue
            facts = wanted.setdefault(host, {})
            for fact in step.facts:
                facts[fact.name] = fact
    for host, facts in wanted.items():
        for fact in lock_facts(answers, host):
            facts[fact.name] = fact
    return wanted


def _scripts(facts: Iterable[Fact[Any]], answers: Answers, host: str) -> dict[str, str]:
    """The script of each fact, as the host is asked with it now."""
    scripts = {}
    for fact in facts:
        scripts[fact.name] = fact.script_for(answers, host)
    return scripts
