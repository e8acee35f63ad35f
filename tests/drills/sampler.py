"""What every node says of itself every two seconds through its management card, all through a
drill: the instance must never run on two nodes, and there must never be two masters.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from tests.acceptance.lab import ARTICLE, Lab

PERIOD = 2.0
"""Seconds between two samples of a node."""
LISTENS = r"""awk '
  $4 == "00010000" && $8 ~ "/ganeti/socket/ganeti-query$" { count++ }
  END { print count + 0 }' /proc/net/unix"""
"""Prints how many luxids take orders on the node.

The process alone shows no master: a returning old one's luxid asks for its votes for about a
minute, and ends. It binds its socket after the vote (`prepMain` in Query/Server.hs, Ganeti 3.0.2
and 3.1.0). /proc/net/unix has the sockets that somebody holds; 00010000 is SO_ACCEPTCON, a
listening one (unix_seq_show in the kernel's net/unix/af_unix.c).
"""


def loop(instance: str) -> str:
    """The script that tells of a node every two seconds, until it is ended."""
    return f"""while :; do
  state=$(xl list 2>/dev/null | awk '$1 == "{instance}" {{print $5}}' | head -n 1)
  echo "$(date +%s.%N) $state /$({LISTENS})"
  sleep {PERIOD}
done"""


@dataclass(frozen=True)
class Sample:
    """One node at one moment of this machine's clock."""

    moment: float
    node: str
    active: bool
    """Whether the instance runs there and is not paused."""
    master: bool
    """Whether Ganeti's luxid takes orders there."""


def read(node: str, line: str, moment: float) -> Sample | None:
    """One line of `loop`; None for one that was cut off."""
    words, slash, daemons = line.partition("/")
    if not slash or not daemons.strip().isdigit():
        return None
    states = words.split()[1:]
    active = bool(states) and "p" not in states[0]
    return Sample(moment, node, active, int(daemons) > 0)


def together(samples: list[Sample], of: str) -> list[tuple[float, float]]:
    """The stretches in which more than one node was so (`active` or `master`), by samples no older
    than two periods.
    """
    latest: dict[str, Sample] = {}
    stretches: list[tuple[float, float]] = []
    for sample in sorted(samples, key=lambda sample: sample.moment):
        latest[sample.node] = sample
        fresh = [other for other in latest.values() if sample.moment - other.moment <= 4 * PERIOD]
        if sum(getattr(other, of) for other in fresh) < 2:
            continue
        if stretches and sample.moment - stretches[-1][1] <= 4 * PERIOD:
            stretches[-1] = (stretches[-1][0], sample.moment)
        else:
            stretches.append((sample.moment, sample.moment))
    return stretches


@dataclass
class Sampler:
    """Reads all nodes until `stop`; a node that is off is tried again."""

    lab: Lab
    instance: str
    """Its full name."""
    samples: list[Sample] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self) -> None:
        """Begin."""
        for node in ARTICLE.nodes:
            thread = threading.Thread(target=self._follow, args=(node,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """No more samples."""
        self._over.set()
        for process in self._processes.values():
            process.terminate()
        for thread in self._threads:
            thread.join(10)

    def _follow(self, node: str) -> None:
        command = [sys.executable, "-m", "wizard", "lab", "ssh", node, loop(self.instance)]
        while not self._over.is_set():
            process = subprocess.Popen(
                command,
                env=self.lab.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self._processes[node] = process
            assert process.stdout is not None
            for line in process.stdout:
                sample = read(node, line, time.time())
                if sample is not None:
                    self.samples.append(sample)
            process.wait()
            self._over.wait(PERIOD)
