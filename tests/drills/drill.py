"""The frame of every drill: from the snapshot `finished`, an accident, the way back, and what must
hold whatever happened.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.database import SHORT
from tests.acceptance.lab import ARTICLE, Lab
from tests.drills.ledger import WITNESS, Entries, close_ledger, open_ledger
from tests.drills.sampler import Sampler, together

FINISHED = "finished"
"""Name of the snapshot: cluster, encrypted instance and ledger well, node1 the master."""
LEFT_BEHIND = (
    "ls -d /var/lib/ganeti/watcher.pause /run/ganeti-wizard-recover 2>/dev/null; "
    "grep -n -- --no-voting /etc/default/ganeti; pgrep -a -f -- --no-voting | grep ganeti-; true"
)
"""On a node: traces of an accident that recovery must not leave."""


@dataclass
class Drill:
    """One drill on one lab; `wizard` runs the product as the operator would."""

    name: str
    lab: Lab
    sampler: Sampler = field(init=False)
    begun: float = field(init=False)
    commands: int = 0

    def __post_init__(self) -> None:
        self.sampler = Sampler(self.lab)
        self.begun = time.monotonic()

    @property
    def passphrase(self) -> Path:
        """The file that holds the volume's passphrase, beside the lab's folder."""
        return Path(f"{self.lab.folder}.passphrase")

    def begin(self) -> None:
        """Everything as it was saved, the clerk writes, the samples come."""
        self.lab.wizard("lab", "restore", FINISHED)
        _put_back(self.lab.folder)
        self.lab.ssh(WITNESS, "systemctl stop clerk; rm -f /var/lib/ledger; systemctl start clerk")
        self.sampler.start()
        self.wait_for_entries(5)
        self.begun = time.monotonic()

    def wait_for_entries(self, number: int, seconds: float = 600) -> None:
        """Until the clerk noted so many rows more."""
        counted = "cat /var/lib/ledger 2>/dev/null | wc -l"
        wanted = int(self.lab.ssh(WITNESS, counted)) + number
        until = time.monotonic() + seconds
        while int(self.lab.ssh(WITNESS, counted)) < wanted:
            if time.monotonic() > until:
                raise SystemExit(f"{self.name}: no rows are acknowledged")
            time.sleep(3)

    def wizard(self, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """Run the product on this lab's build; what it printed."""
        self.commands += 1
        return self.lab.wizard("--lab", *words, ok=ok).stdout

    @property
    def secret(self) -> tuple[str, str]:
        """The option that hands the passphrase to a verb."""
        return "--secret", f"vault-{SHORT}={self.passphrase}"

    def recover(self, runbook: str, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """Carry a runbook out, to the opened volume."""
        return self.wizard("recover", "apply", runbook, *words, *self.secret, ok=ok)

    def end(self) -> bool:
        """What must hold after every drill; prints its table and returns whether it held."""
        took = time.monotonic() - self.begun
        self.wait_for_entries(5)
        entries = close_ledger(self.lab)
        self.sampler.stop()
        twice = together(self.sampler.samples, "active")
        masters = together(self.sampler.samples, "master")
        left = {}
        for node in ARTICLE.nodes:
            words = self.lab.ssh(node, LEFT_BEHIND).strip()
            if words:
                left[node] = words
        health = self._health()
        self._tell(took, entries, twice, masters, left, health)
        return not (entries.missing or twice or masters or left or health > 1)

    def _health(self) -> int:
        command = [sys.executable, "-m", "wizard", "--lab", "health"]
        done = subprocess.run(
            command, env=self.lab.env, capture_output=True, text=True, check=False
        )
        print(done.stdout, flush=True)
        return done.returncode

    def _tell(
        self,
        took: float,
        entries: Entries,
        twice: list[tuple[float, float]],
        masters: list[tuple[float, float]],
        left: dict[str, str],
        health: int,
    ) -> None:
        rows = (
            ("wall time", f"{took:.0f} s"),
            ("commands of the operator", str(self.commands)),
            ("rows acknowledged", str(entries.acknowledged)),
            ("rows missing", str(entries.missing)),
            ("longest time without an acknowledged row", f"{entries.longest_gap:.0f} s"),
            ("samples", str(len(self.sampler.samples))),
            ("instance active on two nodes", str(twice or "never")),
            ("two masters", str(masters or "never")),
            ("left behind", str(left or "nothing")),
            ("health ends with", str(health)),
        )
        print(f"\ndrill {self.name}")
        for label, value in rows:
            print(f"  {label:<42} {value}")
        sys.stdout.flush()


def save_finished(lab: Lab) -> None:
    """Make the snapshot of a lab that `make acceptance` left, with the ledger open."""
    open_ledger(lab)
    lab.wizard("lab", "save", FINISHED)
    kept = _kept(lab.folder)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(lab.folder / "wizard", kept)


def _kept(folder: Path) -> Path:
    return folder / f"wizard.{FINISHED}"


def _put_back(folder: Path) -> None:
    """The operator's own state, as it was when the machines were saved."""
    shutil.rmtree(folder / "wizard")
    shutil.copytree(_kept(folder), folder / "wizard")


Script = Callable[[Drill], None]
"""What happens in a drill between its begin and its end."""
