"""What the runs on virtual machines share: a lab of their own, commands with wall times, and a
table of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.exits import Exit

KEEP = "--keep"
"""Option of the runs that leave their machines to a later one."""


@dataclass(frozen=True)
class Names:
    """What the machines of a build are called."""

    nodes: tuple[str, ...] = ("node1", "node2")
    domain: str = "name.org"
    instance: str = "inst1.name.org"


ARTICLE = Names()
"""The article's own."""


@dataclass
class Row:
    """One thing that was done, how many commands it took, how long, and what came of it."""

    what: str
    seconds: float
    result: str
    commands: int = 0


@dataclass
class Lab:
    """A lab in a directory of its own, so that nothing else on this machine is touched."""

    folder: Path
    port_base: int
    rows: list[Row] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """The environment that points every command at this lab."""
        return {**os.environ, "GANETI_WIZARD_LAB": str(self.folder)}

    def wizard(
        self, *argv: str, ok: tuple[int, ...] = (0,), timeout: float = 3600
    ) -> subprocess.CompletedProcess[str]:
        """Run ganeti-wizard as a user would; its output is shown as it comes."""
        begun = time.monotonic()
        print(f"$ ganeti-wizard {' '.join(argv)}", flush=True)
        command = [sys.executable, "-m", "wizard", *argv]
        process = subprocess.Popen(
            command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        assert process.stdout is not None
        for line in process.stdout:
            print(f"  {line}", end="", flush=True)
            lines.append(line)
        rc = process.wait(timeout)
        self.rows.append(
            Row(f"ganeti-wizard {' '.join(argv)}", time.monotonic() - begun, f"exit {rc}")
        )
        if rc not in ok:
            self.table()
            raise SystemExit(f"ganeti-wizard {' '.join(argv)} ended with {rc}, wanted one of {ok}")
        return subprocess.CompletedProcess(command, rc, "".join(lines), "")

    def ssh(self, node: str, *argv: str, timeout: float = 300) -> str:
        """The output of one command on a node; raises when it fails."""
        command = [sys.executable, "-m", "wizard", "lab", "ssh", node, *argv]
        done = subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode != 0:
            raise SystemExit(
                f"{node}: {' '.join(argv)} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    def up(self, *more: str) -> None:
        """Boot blank nodes, once more when a boot hangs (the lab says so itself).

        They go when this process ends, killed outright or not, unless its command line says that
        they are to be kept.
        """
        follow = () if KEEP in sys.argv else ("--follow", str(os.getpid()))
        self.wizard("lab", "up", "--port-base", str(self.port_base), *follow, *more)

    def table(self) -> None:
        """What was done, with wall times."""
        width = max([len(row.what) for row in self.rows] + [4])
        print(f"\n{'what':<{width}}  commands  seconds  result")
        for row in self.rows:
            print(f"{row.what:<{width}}  {row.commands or '':>8}  {row.seconds:7.0f}  {row.result}")
        print(
            f"{'total':<{width}}  {'':>8}  {sum(row.seconds for row in self.rows):7.0f}", flush=True
        )


def scratch(name: str, port_base: int) -> Lab:
    """A new empty folder; short, because unix sockets live in it."""
    return Lab(Path(tempfile.mkdtemp(prefix=f"gw-{name}-")), port_base)


@contextmanager
def standing(
    name: str, port_base: int, *, resume: Path | None = None, keep: bool = False
) -> Iterator[Lab]:
    """A new lab, or the one that an earlier run kept in the folder `resume`.

    Its machines are destroyed at the end, whatever that is, unless they are to be kept. That no
    lab is there by then is no failure: it may not have come up.
    """
    lab = Lab(resume, port_base) if resume else scratch(name, port_base)
    try:
        yield lab
    finally:
        if not keep:
            lab.wizard("lab", "destroy", ok=(Exit.OK, Exit.LAB))
