"""The wizard on the first node itself, from the one file: other names, GPT, one card with its
address; it reboots its own node, the login message names the resume command, and it goes on from
there.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.build import check_cluster
from tests.acceptance.lab import Lab, Names, standing
from tests.acceptance.operator import Operator
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import load_spec
from wizard.lab.network.ssh import ssh_command

NAMES = Names(("srv1", "srv2"), "example.net", "guest1.example.net")
UP = (
    "--label",
    "gpt",
    "--addresses",
    "--disk-gib",
    "30",
    "--name-prefix",
    "srv",
    "--domain",
    "example.net",
)
ANSWERS = """
version = 1
[[nodes]]
name = "srv1.example.net"
ip = "192.168.0.111"
[nodes.ssh]
local = true
[[nodes]]
name = "srv2.example.net"
ip = "192.168.0.112"
[nodes.ssh]
key = "/root/build/key"
[partition]
size_gib = 23.0
[hosts]
cluster_name = "cloud.example.net"
[lvm]
vg = "ganeti"
[cluster]
resync_kib = 2048
[[instance.wanted]]
name = "guest1.example.net"
primary = "srv2"
secondary = "srv1"
disk_mib = 1024
"""


def copy(lab: Lab, node: str, path: str, data: bytes, mode: str = "600") -> None:
    """Put a file on a node."""
    paths = LabPaths(lab.folder)
    spec = load_spec(paths.spec)
    assert spec is not None
    script = f"mkdir -p /root/build; cat >{path}; chmod {mode} {path}"
    subprocess.run(
        [*ssh_command(paths, spec.node(node)), script], input=data, check=True, timeout=300
    )


def shell_of(lab: Lab, node: str) -> list[str]:
    """The command line of a login shell there, on a terminal."""
    paths = LabPaths(lab.folder)
    spec = load_spec(paths.spec)
    assert spec is not None
    return [*ssh_command(paths, spec.node(node)), "-t"]


def come_back(lab: Lab, operator: Operator) -> bool:
    """After the node's own reboot: log in, read the message, and type the command that it names."""
    operator.note("the connection ended with the node's reboot")
    lab.wizard("lab", "boot", "srv1", ok=(0, 11))
    until = time.monotonic() + 600
    while time.monotonic() < until:
        done = subprocess.run(
            [*shell_of(lab, "srv1"), "-t", "bash", "-lc", "true"], capture_output=True, check=False
        )
        text = done.stdout.decode(errors="replace")
        found = re.search(r"Go on with:\s+(\S.*?)\s*$", text, re.M | re.S)
        if found:
            operator.note(f"the login message says: {found[1]}")
            operator.argv = [*shell_of(lab, "srv1"), found[1]]
            operator.start()
            return True
        time.sleep(5)
    return False


def main() -> int:
    """Run it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the machines running")
    options.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on in the lab that an earlier run kept"
    )
    given = options.parse_args()
    with standing("own", 2601, resume=given.resume, keep=given.keep) as lab:
        if not given.resume:
            lab.up(*UP)
        copy(
            lab, "srv1", "/root/build/ganeti-wizard", Path("dist/ganeti-wizard").read_bytes(), "700"
        )
        copy(lab, "srv1", "/root/build/answers.toml", ANSWERS.encode())
        copy(lab, "srv1", "/root/build/key", LabPaths(lab.folder).key.read_bytes())
        if not given.resume:
            hosts = lab.ssh("srv2", "cat", "/etc/ssh/ssh_host_ed25519_key.pub").split()
            copy(
                lab,
                "srv1",
                "/root/.ssh/known_hosts",
                f"192.168.0.112 {hosts[0]} {hosts[1]}\n".encode(),
            )
        command = "cd /root/build && ./ganeti-wizard --answers answers.toml"
        operator = Operator(
            [*shell_of(lab, "srv1"), command],
            lab.env,
            lambda one: come_back(lab, one),
            stop_at="guest",
        )
        operator.build()
        passed = 1 + check_cluster(lab, NAMES)
        for step, seconds in operator.seconds.items():
            print(f"{step:<12}{seconds:7.0f} s")
        lab.table()
    print(f"on the node itself: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
