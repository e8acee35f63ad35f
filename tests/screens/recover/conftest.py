"""The app after an accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.recover.pages import Recovered


@pytest.fixture
def recovered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recovered:
    return Recovered(tmp_path / "state", monkeypatch)
