"""The schema and the parser take the same documents, tried on damaged ones in both directions."""

from __future__ import annotations

import copy
import json
import random
import re
import tomllib
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from pydantic import ValidationError

from tests.damage import inputs
from wizard.answers import Answers
from wizard.answers.documents import read, schema, write
from wizard.base.errors import AnswersError

SCHEMA = json.loads(schema())
VALUES = (
    *(0, 1, -1, 5, 0.5, 0.0001, 24, 24.0, 1e300, 10**6, True, False, "", "x", "24", "yes", "true"),
    *(
        "10.0.0.7",
        "0.0.0.0",
        "224.0.0.1",
        "300.1.1.1",
        "lo",
        ".",
        "..",
        "-x",
        "snapshot",
        "01:00:5e",
    ),
    *(
        "a.org",
        "a..b",
        "none",
        "simple",
        [],
        ["x"],
        {},
        {"x": 1},
        [{}],
        "²",
        "\n",
        "/srv/x",
        "02:30",
    ),
)
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool}


def fits(value: Any, rule: dict[str, Any]) -> bool:
    """As JSON Schema has it (draft 2020-12), of what the schema of the answers uses."""
    if "$ref" in rule:
        return fits(value, SCHEMA["$defs"][rule["$ref"].rpartition("/")[2]])
    if not all(fits(value, part) for part in rule.get("allOf", [])):
        return False
    if "anyOf" in rule and not any(fits(value, part) for part in rule["anyOf"]):
        return False
    if "not" in rule and fits(value, rule["not"]):
        return False
    if "const" in rule and value != rule["const"]:
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    kind = rule.get("type")
    if kind in TYPES and not _is_a(value, kind):
        return False
    if kind == "array":
        return isinstance(value, list) and _list_fits(value, rule)
    if kind == "object":
        return isinstance(value, dict) and _object_fits(value, rule)
    if isinstance(value, str):
        return _text_fits(value, rule)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return rule.get("minimum", value) <= value <= rule.get("maximum", value)
    return True


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])  # type: ignore[arg-type]


def _text_fits(value: str, rule: dict[str, Any]) -> bool:
    if rule.get("type", "string") != "string":
        return False
    # Python's $ also stands before a newline at the end; that of JSON Schema does not.
    if "pattern" in rule and (value.endswith("\n") or not re.search(rule["pattern"], value)):
        return False
    if rule.get("format") == "ipv4":
        try:
            IPv4Address(value)
        except AddressValueError:
            return False
    return rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value))


def _list_fits(value: list[Any], rule: dict[str, Any]) -> bool:
    length = rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value))
    return length and all(fits(part, rule.get("items", {})) for part in value)


def _object_fits(value: dict[str, Any], rule: dict[str, Any]) -> bool:
    known = rule.get("properties", {})
    others = rule.get("additionalProperties", True)
    if any(name not in value for name in rule.get("required", [])):
        return False
    for name, part in value.items():
        if name in known:
            if not fits(part, known[name]):
                return False
        elif others is False or (isinstance(others, dict) and not fits(part, others)):
            return False
    return True


def damaged(document: Any, dice: random.Random) -> Any:
    """The document with one value replaced, removed or added."""
    document = copy.deepcopy(document)
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys or dice.random() < 0.05:
            break
        key = dice.choice(keys)
        if isinstance(place[key], dict | list) and place[key] and dice.random() < 0.9:
            place = place[key]
            continue
        if dice.random() < 0.15:
            del place[key]
        else:
            place[key] = copy.deepcopy(dice.choice(VALUES))
        return document
    if isinstance(place, dict):
        place[dice.choice(["x", "name", "ip", "version"])] = copy.deepcopy(dice.choice(VALUES))
    else:
        place.append(copy.deepcopy(dice.choice(VALUES)))
    return document


@pytest.mark.slow
def test_schema_and_parser_take_the_same_documents(tmp_path: Path) -> None:
    dice = random.Random(15)
    path = tmp_path / "answers.toml"
    whole = tomllib.loads(write(Answers()))
    assert fits(whole, SCHEMA)
    for _ in range(inputs(1500)):
        document = damaged(whole, dice)
        path.write_text(tomli_w.dumps(document))
        right = fits(document, SCHEMA)
        try:
            read(path)
        except AnswersError as error:
            assert not right or _only_in_context(error), (document, str(error))
        else:
            assert right, document


def _only_in_context(error: AnswersError) -> bool:
    """What no schema can say: one value does not go with another, or is nobody's address."""
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return all(one["type"] == "value_error" for one in cause.errors())
    return cause is None and "there is no such node" in error.what
