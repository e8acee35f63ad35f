"""What the finished article must do on real machines: shut after a reboot, open again, lose
nothing, tell nothing.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from tests.acceptance.canary import SEARCH, feed
from tests.acceptance.database import INTO_GUEST, SHORT, guest, missing, wait_up
from tests.acceptance.lab import Lab
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import load_spec


def unlock(lab: Lab, passphrase: str) -> int:
    """The exit code of `ganeti-wizard unlock`, the passphrase on its standard input."""
    command = [sys.executable, "-m", "wizard", "--lab", "unlock", SHORT]
    done = subprocess.run(
        command, env=lab.env, input=f"{passphrase}\n", capture_output=True, text=True, check=False
    )
    print(
        f"$ ganeti-wizard unlock {SHORT}: exit {done.returncode}\n{done.stdout}{done.stderr}",
        flush=True,
    )
    return done.returncode


def locked(lab: Lab, node: str) -> None:
    """The base system is up, the volume is shut, and the database waits for it."""
    state = guest(
        lab, "protected-volume status; echo rc $?; systemctl is-active mariadb || :", node
    )
    print(state, flush=True)
    assert "rc 5" in state and "inactive" in state, state


def interrupt(
    lab: Lab, passphrase: str, what: str, command: tuple[str, ...], node: str = "node2"
) -> int:
    """An outage of the instance: locked afterwards, unlocked, and no committed row missing; returns
    checks passed.
    """
    print(lab.ssh("node1", *command, timeout=1200), flush=True)
    wait_up(lab)
    locked(lab, node)
    assert unlock(lab, "wrong") == 13
    assert unlock(lab, passphrase) == 0
    noted, lost = missing(lab)
    print(f"after {what}: {noted} rows noted as committed, {lost} missing", flush=True)
    assert noted > 0 and lost == 0
    return 4


def prove(lab: Lab, passphrase: str) -> int:
    """A reboot and a failover with back, each losing nothing; the canary; the card. Returns the
    checks passed.
    """
    passed = interrupt(lab, passphrase, "a reboot", ("gnt-instance", "reboot", f"{SHORT}.name.org"))
    failover = ("gnt-instance", "failover", "-f", f"{SHORT}.name.org")
    passed += interrupt(lab, passphrase, "a failover", failover)
    passed += interrupt(lab, passphrase, "the failover back", failover)
    stopped = guest(lab, "cat /var/lib/ganeti-wizard/last-stop").strip()
    assert stopped == "clean", f"the guest did not go down in order: {stopped}"
    lab.wizard(
        "--lab", "card", "--output", str(lab.folder / "card.pdf"), "--phone", "Operator=+1 555 0100"
    )
    lab.wizard("--lab", "card", "--check")
    lab.wizard("--lab", "health", ok=(0, 1))
    assert canary(lab, passphrase) == 0
    return passed + 5


def canary(lab: Lab, passphrase: str) -> int:
    """The passphrase is found nowhere: machines, guest, state directory, and the files that the
    wizard made.
    """
    paths = LabPaths(lab.folder)
    spec = load_spec(paths.spec)
    assert spec is not None
    hits = [
        str(file)
        for file in lab.folder.glob("wizard/**/*")
        if file.is_file() and passphrase in _text(file)
    ]
    hits += [str(file) for file in lab.folder.glob("*.pdf") if passphrase in _text(file)]
    for node in spec.nodes:
        said = feed(paths, spec, node.name, SEARCH, f"{passphrase}\n").split()
        hits += [f"{node.name}: {word}" for word in said if word != "0"]
    said = feed(
        paths, spec, "node2", f"{INTO_GUEST} {shlex.quote(SEARCH)}", f"{passphrase}\n"
    ).split()
    hits += [f"{SHORT}: {word}" for word in said if word != "0"]
    print(f"places where the passphrase was found: {hits or 'none'}", flush=True)
    return len(hits)


def _text(file: Path) -> str:
    return file.read_bytes().decode("latin-1")
