"""Every recorded output of every fact: raw text in, the parsed value out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cases import all_facts, plain

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/facts/*/*.json"))


@pytest.mark.parametrize("path", CASES, ids=[f"{p.parent.name}/{p.stem}" for p in CASES])
def test_fact(path: Path) -> None:
    case = json.loads(path.read_text())
    assert plain(all_facts()[path.parent.name].parse(case["raw"])) == case["parsed"]


def test_names_are_unique_and_nothing_parses_badly_when_empty() -> None:
    for fact in all_facts().values():
        fact.parse("")
