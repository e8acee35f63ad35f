"""How long something has been in flight, by a clock that may have been set."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from wizard.model.flight import Flight


def _age(ago: float) -> float:
    at = datetime.fromtimestamp(time.time() - ago, UTC).isoformat()
    return Flight(step="s", host="h", key="k", line="l", kind="reboot", at=at).age


def test_a_start_that_is_still_to_come_is_waited_for_on_no_account() -> None:
    assert _age(-3600) == float("inf")
    assert 0 <= _age(-5) < 60
    assert 100 <= _age(100) < 200


@pytest.mark.parametrize("at", ["", "yesterday"])
def test_without_a_time_it_is_endless(at: str) -> None:
    assert Flight(step="s", host="h", key="k", line="l", kind="reboot", at=at).age == float("inf")
