"""Runs a command at the lowest priority beside processes that keep all cores busy.

`python -m tests.loaded COMMAND…` ends with the command's exit code. What passes only on a quick
machine fails here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

LOWEST = 19
"""nice(1)."""
BUSY = "while True: pass"


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """Keep so many cores busy for the time of a block."""
    burners = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(cores)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def main(command: Sequence[str]) -> int:
    """The command's exit code."""
    with busy(os.cpu_count() or 1):
        return subprocess.call(["nice", "-n", str(LOWEST), *command])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
