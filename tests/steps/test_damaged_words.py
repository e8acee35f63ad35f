"""Damaged words of hosts: every parser reads them or makes a finding on that host, and nothing that
judges what was read fails on it. `make fuzz` tries more of them.
"""

from __future__ import annotations

import json
import random

import pytest

from tests.cases import STEPS, all_facts, load
from tests.daily.scene import Scene
from tests.damage import damaged, inputs
from tests.steps.recover.accident import Accident
from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.review import State, look

pytestmark = pytest.mark.slow

SEED = 15


def test_every_parser_reads_damaged_words_or_says_on_which_host() -> None:
    dice = random.Random(SEED)
    facts = all_facts()
    recorded = [
        (path.parent.name, json.loads(path.read_text())["raw"])
        for path in sorted(STEPS.glob("*/facts/*/*.json"))
    ]
    for _ in range(inputs(2000)):
        name, raw = dice.choice(recorded)
        words = damaged(raw, dice)
        try:
            Facts({"node1": {name: words}}).of("node1", facts[name])
        except WizardError as error:
            assert error.where == "node1" and error.mend


def test_no_step_fails_on_damaged_words() -> None:
    dice = random.Random(SEED)
    paths = [path for path in sorted(STEPS.glob("*/*/*.json")) if path.parent.name != "facts"]
    cases = [load(path) for path in dice.sample(paths, 60) if "facts" not in path.parts[-3]]
    for _ in range(inputs(600)):
        step, _, answers, facts = dice.choice(cases)
        raw = {host: dict(texts) for host, texts in facts.raw.items()}
        host = dice.choice([name for name in raw if raw[name]] or [""])
        if not host:
            continue
        name = dice.choice(sorted(raw[host]))
        raw[host][name] = damaged(raw[host][name], dice)
        review = look(step, answers, Facts(raw))
        assert isinstance(review.wrong(), tuple)
        assert all(isinstance(command.line, str) for command in review.plan.commands)
        if review.state is State.UNSEEN:
            assert {finding.host for finding in review.blockers} == {host}


def test_health_never_fails_on_damaged_words() -> None:
    dice = random.Random(SEED)
    for _ in range(inputs(200)):
        scene = Scene()
        host = dice.choice(sorted(scene.raw))
        name = dice.choice(sorted(scene.raw[host]))
        scene.raw[host][name] = damaged(scene.raw[host][name], dice)
        assert scene.report.verdicts


def test_the_diagnosis_never_fails_on_damaged_words() -> None:
    dice = random.Random(SEED)
    for _ in range(inputs(100)):
        accident = Accident()
        host = dice.choice([name for name in sorted(accident.raw) if accident.raw[name]])
        name = dice.choice(sorted(accident.raw[host]))
        accident.raw[host][name] = damaged(accident.raw[host][name], dice)
        assert accident.findings is not None
