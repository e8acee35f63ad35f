"""What one machine says reaches no other one but by a grammar: every word of every recorded fact is
made hostile in turn, and every command for another host is searched for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cases import ASSETS, load
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Command

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
STEPS = sorted({path.parent for path in HERE.glob("*/*/*.json") if path.parent.name != "facts"})
MARK = "gwHostile"
ATTACK = f"{MARK}\";$(id)'`id`@|id"
"""Ends a word of a shell, of SQL and of Bacula; without blanks, since those end it for parsers."""
IN_JSON = ATTACK.replace('"', '\\"')
_WORD = re.compile(r"[A-Za-z0-9_./:+=@-]{2,}")
_OURS = re.compile(r"@@assets/([\w./-]+)@@")
_LONG = re.compile(r"[A-Za-z0-9+/=_.-]{12,}|\d+")


class Place(NamedTuple):
    """Where an attack stands: behind a word of one fact of one host."""

    host: str
    fact: str
    end: int


def _places(
    facts: dict[str, dict[str, str]], told: set[str], tried: set[tuple[str, str]]
) -> Iterator[Place]:
    """Every word of a host while another one is told something, but one of each kind: those that
    follow the same words on a line are alike.
    """
    for host, texts in facts.items():
        if not told - {host}:
            continue
        for fact, text in texts.items():
            for word in _WORD.finditer(text):
                line = text[text.rfind("\n", 0, word.start()) + 1 : word.start()]
                kind = (fact, _LONG.sub("0", line)[-40:])
                if kind not in tried:
                    tried.add(kind)
                    yield Place(host, fact, word.end())


def _attacked(facts: dict[str, dict[str, str]], whole: Facts, place: Place) -> Facts:
    text = facts[place.host][place.fact]
    attack = IN_JSON if text.lstrip().startswith(("{", "[")) else ATTACK
    hostile = _OURS.sub(_program, text[: place.end] + attack + text[place.end :])
    words = Facts({place.host: {place.fact: hostile}}).raw[place.host]
    # All other words are as they were: what they mean is not worked out again for each attack.
    changed = whole.only(whole.hosts)
    changed.raw = {**whole.raw, place.host: {**whole.raw[place.host], **words}}
    changed._parsed = {**whole._parsed}
    changed._parsed.pop((place.host, place.fact), None)
    return changed


def _program(mark: re.Match[str]) -> str:
    return _read(ASSETS / mark[1])


@cache
def _read(path: Path) -> str:
    return path.read_text()


def _carried(command: Command) -> bool:
    """Whether a command hands over a hostile word, to be read or to be run."""
    undo = command.undo
    back = (undo,) if isinstance(undo, str) else (*undo.argv, undo.title)
    texts = (*command.argv, *command.rollback, command.stdin or "", command.title, *back)
    return any(MARK in text for text in texts)


@pytest.mark.parametrize("folder", STEPS, ids=[folder.name for folder in STEPS])
def test_no_word_of_one_host_reaches_another(folder: Path) -> None:
    tried: set[tuple[str, str]] = set()
    for path in sorted(folder.glob("*.json")):
        step, _, answers, whole = load(path)
        # As written: our own programs are a mark each, and not made hostile word by word.
        facts = json.loads(path.read_text())["facts"]
        told = set(look(step, answers, whole).plan.hosts)
        for place in _places(facts, told, tried):
            try:
                review = look(step, answers, _attacked(facts, whole, place))
            except Exception:
                # Not understood is told to nobody; how it is said, the tests of damaged words see.
                continue
            for command in review.plan.commands:
                assert command.host == place.host or not _carried(command), (path.name, place)
