"""Whatever a verb loads first, it loads: an import that goes round in a circle would not show where
the tests have loaded its parts before.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house import ROOT

pytestmark = pytest.mark.slow

WHOLE = ("build", "checkup", "stocktaking", "cards", "recovery", "planned_work", "adoption")


@pytest.mark.parametrize("name", WHOLE)
def test_each_sequence_loads_first(name: str) -> None:
    program = f"import steps; steps.{name}()"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
