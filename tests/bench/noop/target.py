"""The two machines that are looked at: a lab's nodes, or two ssh servers on this machine."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hosts.server import USER, serving
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.ssh import SshHost
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import load_spec

LAB_PORTS = {"node1": 2501, "node2": 2502}
"""Where a lab's nodes are reached when its folder does not say so."""


@dataclass(frozen=True)
class Target:
    """A machine, and how ssh gets there."""

    name: str
    port: int
    user: str
    key: str
    known_hosts: str
    address: str = "127.0.0.1"

    def host(self) -> SshHost:
        """The wizard's own way to it."""
        return SshHost(
            self.name,
            self.address,
            self.port,
            self.user,
            known_hosts=KnownHosts(Path(self.known_hosts), ()),
            key_path=self.key,
            use_agent=False,
            sudo=False,
        )


def of_lab(folder: Path) -> list[Target]:
    """The lab's nodes."""
    paths = LabPaths(folder)
    spec = load_spec(paths.spec)
    ports = {node.name: node.ssh_port for node in spec.cluster} if spec else LAB_PORTS
    return [
        Target(name, port, "root", str(paths.key), str(paths.known_hosts))
        for name, port in ports.items()
    ]


@contextlib.contextmanager
def on_loopback() -> Iterator[list[Target]]:
    """Two ssh servers of this machine's own: both lead to itself."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gw-noop-")))
        targets = []
        for name in LAB_PORTS:
            server = stack.enter_context(serving(folder / name))
            known_hosts = str(server.known.own)
            targets.append(Target(name, server.port, USER, str(server.key), known_hosts))
        yield targets
