"""Start-up, side by side with a bare interpreter and with Textual alone: medians and ratios, no
verdicts.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 9
PEERS = {
    "python -c pass": ["-c", "pass"],
    "ganeti-wizard --version": ["-m", "wizard", "--version"],
    "ganeti-wizard --help": ["-m", "wizard", "--help"],
    "ganeti-wizard answers schema": ["-m", "wizard", "answers", "schema"],
    "python -c 'import textual.app'": ["-c", "import textual.app"],
    "python -c 'import fabric'": ["-c", "import fabric"],
}


def once(argv: list[str]) -> float:
    """Wall seconds of one run."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *argv], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Interleave the peers, so that a slow moment of the machine hits all alike, and print the
    medians.
    """
    times: dict[str, list[float]] = {name: [] for name in PEERS}
    for number in range(RUNS + 1):
        for name, argv in PEERS.items():
            seconds = once(argv)
            if number:
                times[name].append(seconds)
    base = statistics.median(times["python -c pass"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(
            f"{name:<34} median {middle * 1000:6.0f} ms   ×{middle / base:4.1f}   "
            f"+{(middle - base) * 1000:5.0f} ms"
        )


if __name__ == "__main__":
    main()
