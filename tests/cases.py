"""Where the recorded cases are, one folder a step in its topic's folder, and how one is read."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import pkgutil
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import steps
from steps import by_id
from wizard.answers import Answers
from wizard.model.facts import Fact, Facts
from wizard.model.step import Step
from wizard.model.write import WRITE, WRITE_ONLY

STEPS = Path(__file__).parent / "steps"
ASSETS = Path(__file__).parents[1] / "assets"


def case_path(step: str, name: str) -> Path:
    """The file of a step's case; raises ValueError when there is not exactly one."""
    (path,) = STEPS.glob(f"*/{step}/{name}.json")
    return path


def content(path: Path) -> dict[str, Any]:
    """A case as written; @@assets/FILE@@ in it stands for the text of one of our own programs,
    @@write-file@@ for the script that replaces a file, @@write-only@@ for that which keeps nothing.
    """
    text = re.sub(r"@@assets/([\w./-]+)@@", _program, path.read_text())
    text = text.replace("@@write-file@@", _quoted(WRITE)).replace(
        "@@write-only@@", _quoted(WRITE_ONLY)
    )
    case: dict[str, Any] = json.loads(text)
    return case


def _program(mark: re.Match[str]) -> str:
    """The text of a file under assets/, for a JSON string."""
    return _quoted_asset(mark.group(1))


@functools.cache
def _quoted_asset(name: str) -> str:
    return _quoted((ASSETS / name).read_text())


def _quoted(text: str) -> str:
    """A text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def merged(base: Any, over: Any) -> Any:
    """Two documents as one: what the second says of a table is added to the first, else it wins."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    return over


def answers_of(given: dict[str, Any]) -> Answers:
    """The default answers, but for what is given."""
    return Answers.model_validate(merged(_defaults(), given))


@functools.cache
def _defaults() -> dict[str, Any]:
    """What is set in answers to which nothing was answered; nobody changes it (`merged`)."""
    return Answers().model_dump(exclude_unset=True)


def load(path: Path) -> tuple[Step, dict[str, Any], Answers, Facts]:
    """A case: its step, all that stands in the file, the answers and the facts."""
    case = content(path)
    step = by_id(path.parent.name)
    return step, case, answers_of(case.get("answers", {})), Facts(case["facts"])


@functools.cache
def all_facts() -> Mapping[str, Fact[Any]]:
    """Name → fact, of all topics; no two may have one name."""
    found: dict[str, Fact[Any]] = {}
    for topic in pkgutil.walk_packages(steps.__path__, "steps."):
        if ".facts." not in topic.name:
            continue
        for value in vars(importlib.import_module(topic.name)).values():
            if isinstance(value, Fact):
                known = found.setdefault(value.name, value)
                assert known is value, f"two facts are named {value.name}"
    return found


def plain(value: Any) -> Any:
    """A parsed fact as JSON has it: sets sorted, all that JSON does not know as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    text = json.dumps(
        value, default=lambda one: sorted(one) if isinstance(one, frozenset | set) else str(one)
    )
    return json.loads(text)
