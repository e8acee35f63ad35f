"""No escape of JSON (RFC 8259, 7) brings a control back into what was read: a person gets to see
it, and a terminal would obey.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cases import STEPS, all_facts
from wizard.base.errors import WizardError
from wizard.base.plain import plain, plain_json
from wizard.model.facts import Facts

CONTROL = "\x1b]0;x\x07\x85\u202e\u2028"
_RECORDED = sorted(STEPS.glob("*/facts/*/*.json"))


def _texts(value: Any) -> Iterator[str]:
    """Each text anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from _texts(list(value.items()))
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)


def test_escapes_become_plain() -> None:
    text = json.dumps({CONTROL: [CONTROL, {"a": f"{CONTROL}\n"}], "n": 1, "no": None})
    assert plain_json(text) == {
        plain(CONTROL): [plain(CONTROL), {"a": f"{plain(CONTROL)}\n"}],
        "n": 1,
        "no": None,
    }


def _places(raw: str) -> list[int]:
    """Where a text of JSON begins that is a value."""
    return [found.end() for found in re.finditer(r'": ?"', raw)]


def _with_escapes(raw: str, number: int) -> str:
    """A recorded output with the escapes in one of its texts of JSON."""
    place = _places(raw)[number]
    return raw[:place] + json.dumps(CONTROL)[1:-1] + raw[place:]


@pytest.mark.parametrize("path", _RECORDED, ids=[f"{p.parent.name}/{p.stem}" for p in _RECORDED])
def test_no_fact_has_a_control(path: Path) -> None:
    raw = json.loads(path.read_text())["raw"]
    fact = all_facts()[path.parent.name]
    count = len(_places(raw))
    for number in range(0, count, max(1, count // 20)):
        try:
            value = Facts({"node1": {fact.name: _with_escapes(raw, number)}}).of("node1", fact)
        except WizardError:
            continue
        for text in _texts(value):
            assert plain(text) == text
