"""A run on virtual machines leaves none behind, whatever ends it, unless they are to be kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.lab import Lab, standing


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, tuple[str, ...]]]:
    """What would be run, and in which lab."""
    commands: list[tuple[Path, tuple[str, ...]]] = []

    def wizard(lab: Lab, *argv: str, **_: Any) -> None:
        commands.append((lab.folder, argv))

    monkeypatch.setattr(Lab, "wizard", wizard)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return commands


@pytest.mark.parametrize("ends", [AssertionError, SystemExit, KeyboardInterrupt, None])
def test_its_machines_go_whatever_ends_it(
    told: list[tuple[Path, tuple[str, ...]]], ends: type[BaseException] | None
) -> None:
    with suppress(AssertionError, SystemExit, KeyboardInterrupt), standing("toy", 2000) as lab:
        assert lab.port_base == 2000
        assert told == []
        if ends is not None:
            raise ends
    assert told == [(lab.folder, ("lab", "destroy"))]


def test_kept_ones_stay_and_are_gone_on_with(
    told: list[tuple[Path, tuple[str, ...]]], tmp_path: Path
) -> None:
    with standing("toy", 2000, resume=tmp_path, keep=True) as lab:
        assert lab.folder == tmp_path
    assert told == []
