"""Where the tests' own folders lie: in memory where there is room, since much of what is tested
waits for the disk after each file. What programs that tests start find compiled. And what the
collector of cyclic garbage need not go through again and again.
"""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 3 << 30
"""Bytes: three workers with two database servers each, and what failed tests leave."""
YOUNG = 20_000
"""New objects until the collector looks through them: a page or a plan makes thousands at once."""


def _has_room(folder: Path) -> bool:
    """Whether it takes programs too: containers often have one that does not (mount(8), noexec)."""
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(folder).free >= NEEDED


if _has_room(MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# The wizard as a program of its own would else be compiled anew by each test that starts it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

gc.set_threshold(YOUNG, 10, 10)


def pytest_collection_finish() -> None:
    """What was loaded and collected stays until the end: the collector passes it over."""
    gc.collect()
    gc.freeze()
