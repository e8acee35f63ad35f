"""A real sshd of the tests' own: its own keys, port and configuration, in namespaces of its own
where asked.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.waiting import until
from wizard.hosts.connect import own_key, public_key
from wizard.hosts.known_hosts import KnownHosts, label
from wizard.hosts.ssh import SshHost

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin:" + os.environ.get("PATH", ""))
USER = getpass.getuser()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Server:
    """sshd in the foreground; `prefix` puts it into a namespace."""

    def __init__(
        self, folder: Path, *options: str, prefix: Sequence[str] = (), address: str = "127.0.0.1"
    ) -> None:
        self.folder, self.address, self.prefix = folder, address, tuple(prefix)
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.key = own_key(folder / "client")
        self.host_key = own_key(folder / "host")
        self.home = folder / "empty"
        self.home.mkdir(exist_ok=True)
        self.authorized = folder / "authorized_keys"
        self.authorized.write_text(public_key(self.key) + "\n")
        self.known = KnownHosts(folder / "known_hosts", ())
        self.trust()
        self.config = folder / "sshd_config"
        self.configure(*options)
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, *options: str) -> None:
        """First value wins in sshd_config, so the options of a test come first.

        The key exchange that ssh(1) would choose by itself, with NTRU Prime, takes the client six
        times the processor time of all the rest of a login; paramiko knows the other one by its
        older name.
        """
        lines = [
            *options,
            f"Port {self.port}",
            f"ListenAddress {self.address}",
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {self.authorized}",
            f"PidFile {self.folder}/pid",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org",
            "StrictModes no",
            "PermitRootLogin yes",
            "MaxStartups 100:30:200",
            "LogLevel VERBOSE",
            f"SetEnv HOME={self.home}",
        ]
        self.config.write_text("\n".join(lines) + "\n")

    def trust(self) -> None:
        kind, blob = public_key(self.host_key).split()[:2]
        self.known.own.write_text("")
        self.known.accept(f"{label(self.address, self.port)} {kind} {blob}")

    def start(self) -> Server:
        assert SSHD
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.log = (self.folder / "log").open("wb")
        argv = (*self.prefix, SSHD, "-D", "-e", "-f", str(self.config))
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        if not self.prefix:
            self._await_port()
        else:
            log = self.folder / "log"
            until(lambda: "Server listening on" in log.read_text(), "sshd in its namespace")
        return self

    def _await_port(self) -> None:
        until(self._listens, f"sshd on port {self.port}")

    def _listens(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / "log").read_text()
        with contextlib.suppress(OSError), socket.create_connection((self.address, self.port)):
            return True
        return False

    def sessions(self) -> list[int]:
        """Process ids of the connections' sshd processes, below the listener."""
        assert self.process
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            numbers = [int(one) for one in proc_bytes(f"{pid}/task/{pid}/children").split()]
            found += [one for one in numbers if b"sshd" in proc_bytes(f"{one}/cmdline")]
            todo += numbers
        return found

    def signal(self, number: signal.Signals) -> None:
        for pid in self.sessions():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def cut(self) -> None:
        """End all connections; the listener stays."""
        self.signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Connections stay open and nobody answers; the kernel still acknowledges."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            self.cut()
            self.process.kill()
            self.process.wait()
            self.process = None

    def host(self, **more: Any) -> SshHost:
        values: dict[str, Any] = {
            "known_hosts": self.known,
            "own_key": self.key,
            "use_agent": False,
            "sudo": False,
        }
        return SshHost(
            "node1", self.address, self.port, more.pop("user", USER), **{**values, **more}
        )


def proc_bytes(name: str) -> bytes:
    """A file below /proc; empty when its process ended, before it was opened or while it was read
    (ESRCH).
    """
    try:
        return Path("/proc", name).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@contextlib.contextmanager
def serving(folder: Path, *options: str, **more: Any) -> Iterator[Server]:
    server = Server(folder, *options, **more)
    try:
        yield server.start()
    finally:
        server.stop()
