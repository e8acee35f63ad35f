"""Reaching the lab's machines by the ssh program, with the lab's own key and known_hosts."""

import shlex
import socket
import subprocess
from collections.abc import Sequence

from wizard.base.errors import LabError
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import NodeSpec

BANNER_S = 5.0
"""Seconds to wait for an ssh server's first word, while a boot is watched."""

PATIENT_S = 30.0
"""The same for a machine that should be up: under load a login to an emulated one takes its time.
"""

OPTIONS = (
    "IdentitiesOnly=yes",
    "PasswordAuthentication=no",
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "HostKeyAlgorithms=ssh-ed25519",
    "ConnectTimeout=20",
    "ServerAliveInterval=15",
    "LogLevel=ERROR",
)
"""ssh's own settings: the lab's key and host keys and nothing of the user's, and no waiting for
ever.
"""


def ssh_command(paths: LabPaths, node: NodeSpec) -> list[str]:
    """The ssh command line up to the remote command; it touches no file of the user's own."""
    command = ["ssh", "-F", "none", "-i", str(paths.key), "-p", str(node.ssh_port)]
    for option in (*OPTIONS, f"UserKnownHostsFile={paths.known_hosts}"):
        command += ["-o", option]
    return [*command, "root@127.0.0.1"]


def remote(argv: Sequence[str]) -> str:
    """An argument list as the one string that ssh hands to the remote shell."""
    return shlex.join(argv)


def run_ssh(
    paths: LabPaths,
    node: NodeSpec,
    argv: Sequence[str],
    *,
    stdin: str = "",
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program on a machine as root; returns its code and output (255: ssh itself failed)."""
    command = [*ssh_command(paths, node), remote(argv)]
    try:
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"no answer within {timeout:.0f} s to: {argv[0]}", where=node.name
        ) from error


def exec_ssh(paths: LabPaths, node: NodeSpec, words: Sequence[str]) -> int:
    """Become the operator's ssh session: a shell, or the words as ssh itself would pass them on;
    its exit code.
    """
    return subprocess.run([*ssh_command(paths, node), *words], check=False).returncode


def ssh_answers(node: NodeSpec, seconds: float = BANNER_S) -> bool:
    """Whether the machine's ssh server shows its banner; QEMU accepts connections long before the
    guest does.
    """
    try:
        with socket.create_connection(("127.0.0.1", node.ssh_port), timeout=seconds) as link:
            link.settimeout(seconds)
            return link.recv(4) == b"SSH-"
    except OSError:
        return False


def authorized(paths: LabPaths, node: NodeSpec, seconds: float = BANNER_S) -> bool:
    """Whether a command really runs there (the server may show its banner and still refuse:
    pam_nologin).
    """
    if not ssh_answers(node, seconds):
        return False
    try:
        return run_ssh(paths, node, ["true"], timeout=60).returncode == 0
    except LabError:
        return False
