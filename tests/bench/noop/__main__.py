"""The check that finds nothing to do, side by side: `python -m tests.bench.noop LABDIR|--loopback`.

The wizard, pyinfra and Ansible (pipelining, ControlPersist, no gathering of facts) make the same
plain checks on the same two machines, in turn, so that a slow moment hits all alike. Printed are
medians and ratios, no verdicts. Nothing is changed on the machines: pyinfra runs dry, Ansible in
check mode. Ansible keeps its connections from run to run, the others log in each time.

With a lab's folder, `verify` and `plan` of the build run beside them, which look at far more than
the plain checks. The peers come from the package index into an environment that is thrown away;
`--peers DIR` keeps it. `--runs N`: how often each runs, after one run that is not counted.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.noop import peers
from tests.bench.noop.checks import Checks, survey
from tests.bench.noop.target import Target, of_lab, on_loopback
from wizard.lab.base.paths import LAB_ENV

OURS = "the wizard's engine"
FINDS = {0, 5}
"""How `verify` and `plan` end where they looked at everything: all is well, or it is not."""


@dataclasses.dataclass
class Runner:
    """One command, what it needs, how it may end, and the wall seconds that it took."""

    name: str
    argv: list[str]
    env: dict[str, str] = dataclasses.field(default_factory=dict)
    ends: frozenset[int] = frozenset({0})
    says: str = ""
    """What stands in the output of a run that looked."""
    changes: str = "$^"
    """The expression for what stands there when something was found to do."""
    seconds: list[float] = dataclasses.field(default_factory=list)

    def once(self, *, counted: bool) -> str:
        """Run it; what is wrong with the run, "" when it went as it should."""
        begun = time.perf_counter()
        done = subprocess.run(
            self.argv,
            env=os.environ | self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        took = time.perf_counter() - begun
        output = done.stdout + done.stderr
        looked = done.returncode in self.ends and self.says in output
        if not looked or re.search(self.changes, output):
            return f"{self.name} ended with {done.returncode}:\n{output[-3000:]}"
        if counted:
            self.seconds.append(took)
        return ""


def runners(
    folder: Path, checks: Checks, targets: Sequence[Target], tools: Path, names: Sequence[str]
) -> list[Runner]:
    """All that make the plain checks."""
    given = {
        "checks": checks.plain(),
        "targets": [dataclasses.asdict(target) for target in targets],
    }
    (folder / "checks.json").write_text(json.dumps(given))
    ours = [sys.executable, "-m", "tests.bench.noop.ours", str(folder / "checks.json")]
    made = [Runner(OURS, ours)]
    placed = peers.sources(folder / "files", checks)
    if "pyinfra" in names:
        peers.pyinfra(folder, checks, placed, targets)
        # Not -y: with it nothing is looked at before an operation runs.
        argv = [tools / "bin/pyinfra", "--dry", "--json"]
        argv += [folder / "inventory.py", folder / "deploy.py"]
        says = "hosts_with_change"
        changes = r'hosts_with_change":\s*\[\s*"'
        made.append(Runner("pyinfra", list(map(str, argv)), says=says, changes=changes))
    if "Ansible" in names:
        peers.ansible(folder, checks, placed, targets)
        argv = [tools / "bin/ansible-playbook", "--check", folder / "play.yml"]
        env = {"ANSIBLE_CONFIG": str(folder / "ansible.cfg")}
        says = "changed=0"
        changes = "changed=[1-9]"
        made.append(Runner("Ansible", list(map(str, argv)), env, says=says, changes=changes))
    return made


def of_the_build(lab: Path) -> list[Runner]:
    """The wizard's own verbs over what was built there."""
    env = {LAB_ENV: str(lab)}
    ends = frozenset(FINDS)
    return [
        Runner(f"ganeti-wizard {verb}", [sys.executable, "-m", "wizard", "--lab", verb], env, ends)
        for verb in ("verify", "plan")
    ]


def measure(commands: list[Runner], runs: int) -> None:
    """Run them in turn, the first time uncounted; one that fails is told and left out."""
    for number in range(runs + 1):
        for runner in list(commands):
            if wrong := runner.once(counted=number > 0):
                print(wrong, flush=True)
                commands.remove(runner)


def table(commands: Sequence[Runner]) -> None:
    """Medians, and how they stand to the first one's."""
    base = statistics.median(commands[0].seconds)
    for runner in commands:
        middle = statistics.median(runner.seconds)
        spread = f"{min(runner.seconds):.2f} to {max(runner.seconds):.2f}"
        print(f"{runner.name:<24} median {middle:7.2f} s   ×{middle / base:5.1f}   ({spread})")


def main() -> int:
    """Exit 1 when the machines or the wizard's own run failed."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.noop", description=__doc__)
    options.add_argument("lab", nargs="?", type=Path, metavar="LABDIR")
    options.add_argument("--loopback", action="store_true", help="this machine's own ssh servers")
    options.add_argument("--peers", type=Path, metavar="DIR", help="keep the peers there")
    options.add_argument("--runs", type=int, default=5, metavar="N")
    given = options.parse_args()
    if (given.lab is None) != given.loopback:
        options.error("either LABDIR or --loopback")
    with contextlib.ExitStack() as stack:
        # Short: ssh's control sockets lie in it.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gwb-")))
        lab = given.lab.absolute() if given.lab else None
        targets = of_lab(lab) if lab else stack.enter_context(on_loopback())
        checks = survey(targets)
        tools = (given.peers or folder / "peers").absolute()
        versions = peers.installed(tools)
        print(f"{checks.count} checks on each of {len(targets)} machines: {checks.told()}")
        print(", ".join(f"{name} {version}" for name, version in versions.items()), flush=True)
        stack.callback(peers.hang_up, folder)
        commands = runners(folder, checks, targets, tools, list(versions))
        if lab:
            commands += of_the_build(lab)
        measure(commands, given.runs)
        if not commands or commands[0].name != OURS:
            return 1
        table(commands)
    return 0


if __name__ == "__main__":
    sys.exit(main())
