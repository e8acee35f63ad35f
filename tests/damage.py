"""What a host says, damaged as faults, foreign programs and attackers would do it."""

from __future__ import annotations

import json
import os
import random
import re
from typing import Any

NASTY = (
    *(
        "",
        "[",
        "(",
        "*",
        "{",
        ")",
        "]]",
        "\\",
        "|",
        "a",
        "r",
        "a|",
        "a|[|",
        '"',
        "%",
        ":",
        "=",
        "/",
    ),
    *("-", "--", "..", "-1", "0x", "1.5", "1e999", "nan", "∞", "²", "٣", "1_000", "9" * 400),
    *("null", "true", "[]", "{}", "\n", "\n\n", "\t", "  ", "$(id)", "`id`", "'", ";", "\x1b[2J"),
)
JSON_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, 1.5, float("nan"), "", "x", "²", "9" * 5000),
    *([], {}, [[]], [None], {"x": None}, {"": []}, [1, [2]], {"a": {"b": 1}}),
)
REPEATS = (1, 1, 3, 50_000)


TOGETHER = 4460
"""How many damaged inputs all tests together try usually: the sum of what they give `inputs`."""


def inputs(usual: int) -> int:
    """How many damaged inputs a test tries. For a long run GW_FUZZ says how many all tests try
    together, each its share: those that look at a whole cluster take far longer than
    those that read a line.
    """
    return usual * int(os.environ.get("GW_FUZZ", TOGETHER)) // TOGETHER


def damaged(text: str, dice: random.Random) -> str:
    """One text with one thing wrong, in its JSON where it has any, or in its lines."""
    begin = text.find("{")
    if begin >= 0 and dice.random() < 0.6:
        try:
            value, length = json.JSONDecoder().raw_decode(text[begin:])
        except ValueError:
            return _in_lines(text, dice)
        changed = json.dumps(_other(value, dice))
        return text[:begin] + changed + text[begin + length :]
    return _in_lines(text, dice)


def _other(value: Any, dice: random.Random) -> Any:
    """The same document but for one place, which has another value or is gone."""
    paths = list(_paths(value, []))
    path = dice.choice(paths)
    if not path:
        return dice.choice(JSON_VALUES)
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    if isinstance(parent, dict) and dice.random() < 0.3:
        del parent[path[-1]]
    else:
        parent[path[-1]] = dice.choice(JSON_VALUES)
    return value


def _paths(value: Any, path: list[Any]) -> list[list[Any]]:
    found = [path]
    if isinstance(value, dict):
        for key in value:
            found += _paths(value[key], [*path, key])
    elif isinstance(value, list):
        for number, part in enumerate(value):
            found += _paths(part, [*path, number])
    return found


def _in_lines(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    number = dice.randrange(len(lines))
    match dice.choice(("cut", "drop", "repeat", "shuffle", "replace", "word", "word", "insert")):
        case "cut":
            return text[: dice.randint(0, len(text))]
        case "drop":
            del lines[number]
        case "repeat":
            lines.insert(number, dice.choice(lines))
        case "shuffle":
            dice.shuffle(lines)
        case "replace":
            return dice.choice(NASTY) * dice.choice(REPEATS)
        case "word":
            words = re.split(r"(\W)", lines[number])
            words[dice.randrange(len(words))] = dice.choice(NASTY)
            lines[number] = "".join(words)
        case _:
            place = dice.randint(0, len(text))
            return text[:place] + dice.choice(NASTY) + text[place + dice.randint(0, 3) :]
    return "\n".join(lines)
