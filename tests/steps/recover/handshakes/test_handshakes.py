"""What the kernel of two real nodes said when it compared their copies, beside our comparison.

Each text beside this file is a piece of a node's kernel log (DRBD 8.4.11 of Linux 6.1), named after
what had happened before.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from steps.recover.facts.generations import Generation
from steps.recover.identifiers import Verdict, compare

SAID = sorted(Path(__file__).parent.glob("*.txt"))
SIDE = re.compile(r" (self|peer) ([0-9A-F:]+) bits:\d+ flags:([0-9A-F]+)")
RESULT = re.compile(r" uuid_compare\(\)=(-?\d+) by rule (\d+)")
CRASHED, INCONSISTENT = 2, 4
"""Flags in that line (enum drbd_uuid_flags, drbd_protocol.h)."""


def _side(identifiers: str, flags: str) -> Generation:
    current, bitmap, *history = [int(word, 16) for word in identifiers.split(":")]
    told = int(flags, 16)
    return Generation(
        current=current,
        bitmap=bitmap,
        history=(history[0], history[1]),
        crashed=bool(told & CRASHED),
        consistent=not told & INCONSISTENT,
    )


@pytest.mark.parametrize("file", SAID, ids=lambda file: file.stem)
def test_our_comparison_is_the_kernels(file: Path) -> None:
    text = file.read_text()
    sides = {name: _side(ids, flags) for name, ids, flags in SIDE.findall(text)}
    ((result, rule),) = RESULT.findall(text)
    made = compare((sides["self"], False), (sides["peer"], False))
    assert made == (Verdict(int(result)), int(rule))
    mirrored, _ = compare((sides["peer"], False), (sides["self"], False))
    assert mirrored is made[0].mirrored


def test_there_are_some() -> None:
    assert SAID
