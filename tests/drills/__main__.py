"""Run drills on a lab that stands: `python -m tests.drills LABDIR save|all|NAME…`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.acceptance.lab import Lab
from tests.drills.drill import Drill, save_finished
from tests.drills.scripts import SCRIPTS


def main(words: list[str]) -> int:
    """Exit 0 when every drill held."""
    if len(words) < 2 or not set(words[1:]) <= {"save", "all", *SCRIPTS}:
        print(f"{__doc__}\ndrills: {', '.join(SCRIPTS)}")
        return 2
    lab = Lab(Path(words[0]), 2501)
    names = list(SCRIPTS) if "all" in words else [name for name in words[1:] if name in SCRIPTS]
    if "save" in words:
        save_finished(lab)
    held = []
    for name in names:
        drill = Drill(name, lab)
        drill.begin()
        SCRIPTS[name](drill)
        held.append(drill.end())
    print(f"drills: {held.count(True)} passed, {held.count(False)} failed")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
