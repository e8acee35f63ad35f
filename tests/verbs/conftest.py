"""Verbs on simulated machines, which say the same words again and again."""

from __future__ import annotations

from functools import lru_cache

import pytest

from wizard.model import facts

read_once = lru_cache(maxsize=2000)(facts._parsed)
"""What a host's words mean; those of a fact that was understood before are not read anew."""


@pytest.fixture(autouse=True)
def words_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look of a verb is a new one, and most of what it hears has not changed."""
    monkeypatch.setattr(facts, "_parsed", read_once)
