"""Every recorded output of every fact: raw text in, the parsed value out."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import steps
from wizard.model.step import Fact

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/facts/*/*.json"))


def all_facts() -> dict[str, Fact[Any]]:
    found: dict[str, Fact[Any]] = {}
    for module in pkgutil.walk_packages(steps.__path__, "steps."):
        if ".facts." not in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Fact):
                assert found.setdefault(value.name, value) is value, (
                    f"two facts are named {value.name}"
                )
    return found


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    return json.loads(
        json.dumps(value, default=lambda v: sorted(v) if isinstance(v, frozenset | set) else str(v))
    )


@pytest.mark.parametrize("path", CASES, ids=[f"{p.parent.name}/{p.stem}" for p in CASES])
def test_fact(path: Path) -> None:
    case = json.loads(path.read_text())
    assert plain(all_facts()[path.parent.name].parse(case["raw"])) == case["parsed"]


def test_names_are_unique_and_nothing_parses_badly_when_empty() -> None:
    for fact in all_facts().values():
        fact.parse("")
