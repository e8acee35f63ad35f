"""Shared by the lab's tests: folders of their own, and no machine ever started."""

from pathlib import Path

import pytest

from wizard.lab.base.paths import IMAGES_ENV, LAB_ENV, LabPaths
from wizard.lab.base.spec import LabSpec, make_spec


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabPaths:
    """A lab's folder that is empty, also for code that looks it up in the environment."""
    monkeypatch.setenv(LAB_ENV, str(tmp_path / "lab"))
    monkeypatch.setenv(IMAGES_ENV, str(tmp_path / "images"))
    (tmp_path / "lab").mkdir()
    return LabPaths(tmp_path / "lab")


@pytest.fixture
def spec() -> LabSpec:
    """The ordinary lab of two machines."""
    return make_spec()
