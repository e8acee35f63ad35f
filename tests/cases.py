"""Where the recorded cases are: one folder a step, in the folder of its topic."""

from __future__ import annotations

from pathlib import Path

STEPS = Path(__file__).parent / "steps"
ASSETS = Path(__file__).parents[1] / "assets"


def case_path(step: str, name: str) -> Path:
    """The file of a step's case; raises ValueError when there is not exactly one."""
    (path,) = STEPS.glob(f"*/{step}/{name}.json")
    return path
