"""A recorded case as the tests read it, made from what hosts said."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from steps import ARCHIVE, BUILD, EXPORT
from tests.cases import STEPS, plain
from tests.record.disguise import disguised, stand_ins
from wizard.model.facts import Fact
from wizard.model.review import Review
from wizard.model.step import Step


def disguise(
    answers: Mapping[str, Any], raw: Mapping[str, Mapping[str, str]], names: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Answers and facts without secrets and identities, the same stand-ins in both."""
    decided = json.dumps(answers)
    texts = [text for facts in raw.values() for text in facts.values()]
    places = {**stand_ins([*texts, decided]), **names}
    shown = {
        host: {fact: disguised(text, places) for fact, text in facts.items()}
        for host, facts in raw.items()
    }
    return json.loads(disguised(decided, places)), shown


def of_step(review: Review, answers: Mapping[str, Any]) -> dict[str, Any]:
    """A step's case: what was decided, what was seen, and what the step makes of it."""
    blocked = review.blockers
    problems = () if blocked else review.step.verify(review.answers, review.facts)
    # A look asks for more than a step is judged by, as who else changes the host.
    names = {fact.name for fact in review.step.facts}
    facts = {}
    for host, texts in review.facts.raw.items():
        facts[host] = {name: text for name, text in texts.items() if name in names}
    case: dict[str, Any] = {
        "answers": dict(answers),
        "facts": facts,
        "blockers": [finding.what for finding in blocked],
        "plan": [{"host": one.host, "line": one.line} for one in review.plan.commands],
        "verify": [finding.what for finding in problems],
    }
    if review.plan.confirmations:
        case["confirmations"] = list(review.plan.confirmations)
    return case


def of_fact(fact: Fact[Any], text: str) -> dict[str, Any]:
    """A fact's case: what was printed, and what the parser reads in it."""
    return {"raw": text, "parsed": plain(fact.parse(text))}


def step_path(step: Step, name: str) -> Path:
    """Where a step's case belongs: tests/steps/TOPIC/STEP/NAME.json."""
    topic = {**BUILD, **ARCHIVE, **EXPORT}[step.id].split(".")[1]
    return STEPS / topic / step.id / f"{name}.json"


def fact_path(fact: Fact[Any], name: str) -> Path:
    """Where a fact's case belongs: tests/steps/TOPIC/facts/FACT/NAME.json."""
    topic = _module_of(fact).split(".")[1]
    return STEPS / topic / "facts" / fact.name / f"{name}.json"


def _module_of(fact: Fact[Any]) -> str:
    """The module under steps/ that holds a fact."""
    for name, module in list(sys.modules.items()):
        holds_facts = name.startswith("steps.") and ".facts." in name
        if holds_facts and any(value is fact for value in vars(module).values()):
            return name
    raise LookupError(fact.name)


def same_work(real: Review, shown: Review) -> bool:
    """Whether the stand-ins changed nothing of what is to be done."""
    before = [(one.host, one.danger, one.kind) for one in real.plan.commands]
    after = [(one.host, one.danger, one.kind) for one in shown.plan.commands]
    return before == after and len(real.blockers) == len(shown.blockers)


def write(path: Path, case: dict[str, Any]) -> None:
    """Write a new case; an older one of that name is not overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(case, indent=1, ensure_ascii=False) + "\n")
