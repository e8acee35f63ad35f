"""Every JSON case of every step: recorded facts in; blockers, plan and verification out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import load
from wizard.model.facts import Facts
from wizard.model.plan import Plan
from wizard.model.review import look

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*/*.json"))


@pytest.mark.parametrize("path", CASES, ids=[f"{p.parent.name}/{p.stem}" for p in CASES])
def test_case(path: Path) -> None:
    step, case, answers, facts = load(path)
    review = look(step, answers, facts)
    blockers = [str(finding) for finding in review.blockers]
    assert len(blockers) == len(case.get("blockers", [])), blockers
    for wanted in case.get("blockers", []):
        assert any(wanted in text for text in blockers), (wanted, blockers)
    plan = review.plan
    assert [
        (c.host, c.line[: len(w["line"])])
        for c, w in zip(plan.commands, case["plan"], strict=False)
    ] == [(w["host"], w["line"]) for w in case["plan"]]
    assert len(plan) == len(case["plan"]), [f"{c.host}: {c.line}" for c in plan.commands]
    assert list(plan.confirmations) == case.get("confirmations", list(plan.confirmations))
    problems = (
        [str(finding) for finding in step.verify(review.answers, facts)] if not blockers else []
    )
    wanted_problems = case.get("verify", [])
    for wanted in wanted_problems:
        assert any(wanted in text for text in problems), (wanted, problems)
    if not plan and not blockers:
        assert len(problems) == len(wanted_problems), problems


@pytest.mark.parametrize("path", CASES, ids=[f"{p.parent.name}/{p.stem}" for p in CASES])
def test_plan_is_pure(path: Path) -> None:
    step, _, answers, facts = load(path)
    first, second = look(step, answers, facts), look(step, answers, Facts(facts.raw))
    assert first.plan.digest == second.plan.digest
    for command in first.plan.commands:
        assert command.why and command.host in step.hosts(first.answers)
        assert command.stdin is None or command.kind.value == "exec"
        for prompt in command.prompts:
            assert prompt.key in step.secrets(first.answers)
    assert Plan.of(first.plan.commands) == first.plan
