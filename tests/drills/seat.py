"""Where the operator of a drill sits: at a machine of their own, or at a server itself, with the
program in one file.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.lab import Lab
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import load_spec
from wizard.lab.network.ssh import ssh_command

ONE_FILE = Path(__file__).parents[2] / "dist" / "ganeti-wizard"
"""What `make dist` makes."""
HOME = "/root/carried"
PROGRAM, STATE, PASSPHRASE = f"{HOME}/ganeti-wizard", f"{HOME}/state", f"{HOME}/passphrase"


@dataclass(frozen=True)
class Seat:
    """A machine of the operator's own, beside the lab; `passphrase` is a file there."""

    passphrase: str

    def argv(self, *words: str) -> list[str]:
        """The command line of the program for these words."""
        # -u: a line is seen when it is said, so that the program can be killed at it.
        return [sys.executable, "-u", "-m", "wizard", *words]


@dataclass(frozen=True)
class AtServer(Seat):
    """At one of the servers, over ssh: the program has a state directory of its own there."""

    lab: Lab
    node: str

    def argv(self, *words: str) -> list[str]:
        """See `Seat`; a verb of the lab stays the work of a hand at the rack."""
        if words[0] == "lab":
            return super().argv(*words)
        if words[0] == "--lab":
            words = ("--state", STATE, *words[1:])
        # A terminal is asked for; ssh makes none where its own input is none.
        return [*_way(self.lab, self.node), "-t", shlex.join([PROGRAM, *words])]


def carried(lab: Lab, node: str, passphrase: Path) -> AtServer:
    """The one file, and what opens the volume, are brought to a server; raises OSError without the
    file, CalledProcessError when it does not arrive.
    """
    _put(lab, node, PROGRAM, ONE_FILE.read_bytes())
    _put(lab, node, PASSPHRASE, passphrase.read_bytes())
    return AtServer(PASSPHRASE, lab, node)


def _put(lab: Lab, node: str, path: str, data: bytes) -> None:
    script = f"umask 077; mkdir -p {HOME}; cat >{path}; chmod 700 {path}"
    subprocess.run([*_way(lab, node), script], input=data, check=True, timeout=600)


def _way(lab: Lab, node: str) -> list[str]:
    paths = LabPaths(lab.folder)
    spec = load_spec(paths.spec)
    assert spec is not None
    return ssh_command(paths, spec.node(node))
