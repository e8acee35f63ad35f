"""Run drills on a lab: `python -m tests.drills LABDIR [--stay] [--keys] save|all|NAME…`.

Each begins from the snapshot that `save` makes. Its table goes to LABDIR/drills/NAME.txt, what was
said to LABDIR/drills/NAME.log. After one that fails the next begins; in the end everything is put
back, unless `--stay` leaves the last one's accident to be looked at. With `--keys` the runbooks are
carried out on the screens of a terminal of 80×24, by keys alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.acceptance.lab import Lab
from tests.drills.drill import Drill, DrillFailed, put_back, save_finished
from tests.drills.scripts import SCRIPTS

STAY = "--stay"
KEYS = "--keys"
FAILURES = (
    DrillFailed,
    SystemExit,
    AssertionError,
    OSError,
    ValueError,
    subprocess.SubprocessError,
)
"""What ends one drill, and not all of them."""


def main(words: list[str]) -> int:
    """Exit 0 when every drill held."""
    if len(words) < 2 or not set(words[1:]) <= {STAY, KEYS, "save", "all", *SCRIPTS}:
        print(f"{__doc__}\ndrills: {', '.join(SCRIPTS)}")
        return 2
    lab = Lab(Path(words[0]).absolute(), 2501)
    names = list(SCRIPTS) if "all" in words else [name for name in words[1:] if name in SCRIPTS]
    if "save" in words:
        save_finished(lab)
    held = {}
    for name in names:
        held[name] = one(name, lab, by_keys=KEYS in words)
    for name in names:
        print(f"{name:<24} {'passed' if held[name] else 'FAILED'}")
    if names and not held[names[-1]] and STAY not in words:
        print("the last drill's accident is undone", flush=True)
        put_back(lab)
    passed = list(held.values()).count(True)
    print(f"drills: {passed} passed, {len(held) - passed} failed")
    return 0 if all(held.values()) else 1


def one(name: str, lab: Lab, *, by_keys: bool) -> bool:
    """Whether a drill held; one that cannot go on did not."""
    drill = Drill(name, lab, by_keys=by_keys)
    try:
        drill.begin()
        SCRIPTS[name](drill)
        return drill.end()
    except FAILURES as error:
        return drill.failed(error)
    finally:
        drill.sampler.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
