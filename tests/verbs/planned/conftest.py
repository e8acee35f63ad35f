"""The verbs of planned work on a state directory of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.verbs.planned.verb import Verb


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Verb:
    return Verb(tmp_path / "state", monkeypatch, capsys)
