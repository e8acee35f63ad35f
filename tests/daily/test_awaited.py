"""A node that is worked on is waited for in one way, whichever front end waits."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.daily import accident_report, maintaining
from wizard.daily.maintaining import awaited

BOOT = "11111111-1111-1111-1111-111111111111"
ANOTHER = "22222222-2222-2222-2222-222222222222"


def waiting(monkeypatch: pytest.MonkeyPatch, boots: list[str]) -> tuple[Any, Any, list[float]]:
    """A run whose looks find these boots, the accident, and how long each pause was to be."""
    looks = iter(boots)
    pauses: list[float] = []
    monkeypatch.setattr(maintaining, "boot", lambda run, accident: next(looks))
    handed_over = {"kind": accident_report.HANDOVER, "boot": BOOT}
    case = SimpleNamespace(subject="node2.name.org")
    accident = SimpleNamespace(case=case, records=[handed_over])
    seconds = count(100)
    run = SimpleNamespace(clock=lambda: float(next(seconds)), pause=pauses.append)
    return run, accident, pauses


def test_it_is_told_once_when_it_goes_and_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    boots = [BOOT, "", "", BOOT, ANOTHER]
    run, accident, pauses = waiting(monkeypatch, boots)
    told: list[str] = []
    assert awaited(run, accident, told.append)
    assert told == [
        "node2.name.org does not answer any more",
        "node2.name.org answers",
        "node2.name.org was rebooted, and answers",
    ]
    assert pauses == [maintaining.LOOK_SECONDS] * 4


def test_it_is_not_waited_for_beyond_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    run, accident, pauses = waiting(monkeypatch, [BOOT] * 9)
    told: list[str] = []
    assert not awaited(run, accident, told.append, until=103.0)
    assert told == []
    assert len(pauses) == 3
