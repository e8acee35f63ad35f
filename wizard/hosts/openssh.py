"""OpenSSH's own client, told to trust what the wizard trusts and nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path


def options(port: int, key: str, known_hosts: Sequence[Path]) -> tuple[str, ...]:
    """What comes between `ssh` and the address. ssh expands % in a file's name, and a blank ends
    it (ssh_config(5), TOKENS and UserKnownHostsFile).
    """
    files = [str(file).replace("%", "%%").replace(" ", "\\ ") for file in known_hosts]
    identity = ("-i", key.replace("%", "%%")) if key else ()
    return (
        "-p",
        str(port),
        *identity,
        "-o",
        f"UserKnownHostsFile={' '.join(files)}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "ForwardAgent=no",
    )


def through(client: Sequence[str]) -> tuple[str, ...]:
    """What makes another client go through the host that `client` reaches (ssh_config(5),
    ProxyCommand).
    """
    *words, address = [word.replace("%", "%%") for word in client]
    return ("-o", f"ProxyCommand={shlex.join([*words, '-W', '%h:%p', address])}")
