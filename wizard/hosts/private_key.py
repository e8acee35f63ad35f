"""The operator's or the wizard's private key, from its file or from the agent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wizard.base.errors import LoginRefused, Reach
from wizard.base.own_files import read_whole
from wizard.hosts.connect import damaged
from wizard.hosts.failures import sentence
from wizard.hosts.refusal import Login


def load_key(host: Login, path: Path) -> Any:
    """The private key at `path`; one with a passphrase is taken from the agent, by its public half.

    Raises LoginRefused, or StateError when the wizard's own key is damaged.
    """
    from paramiko import PKey
    from paramiko.ssh_exception import SSHException

    try:
        # PKey opens it, too, and would wait for whoever writes into a pipe.
        read_whole(path)
        return PKey.from_path(path)
    except FileNotFoundError as error:
        raise LoginRefused(
            f"the key file {path} does not exist",
            where=host.name,
            mend="correct the answer `key`",
            reach=Reach.UNTRIED,
        ) from error
    except (OSError, EOFError, SSHException, TypeError, ValueError) as error:
        if path == host.own_key and isinstance(error, ValueError):
            raise damaged(path) from error
        key = _from_agent(path) if host.use_agent else None
        if key is not None:
            return key
        if _is_public(path):
            raise LoginRefused(
                f"the key {path} is the public half, with which nobody can log in",
                where=host.name,
                mend=f"give the private key: {str(path).removesuffix('.pub')}"
                if path.suffix == ".pub"
                else "give the file of the private key, which has no .pub at its end",
                reach=Reach.UNTRIED,
            ) from error
        raise _unusable(host, path, error) from error


def _unusable(host: Login, path: Path, error: Exception) -> LoginRefused:
    """Why a key cannot be used: its file cannot be read, or what stands in it not as it is."""
    what, mend = sentence(error), f"if it has a passphrase, give it to your agent: ssh-add {path}"
    if isinstance(error, OSError) and error.strerror:
        mend = "check the rights on it, or correct the answer `key`"
    elif isinstance(error, TypeError):
        # What `cryptography` raises for a key with a passphrase.
        what = "it has a passphrase"
    elif _is_of_putty(path):
        what = "it is in PuTTY's form"
        mend = f"make it one of OpenSSH's: puttygen {path} -O private-openssh -o NEW"
    elif isinstance(error, ValueError):
        what = "it is no private key as ssh-keygen writes it, or a damaged one"
        mend = (
            f"`ssh-keygen -y -f {path}` tells whether it can be read, or correct the answer `key`"
        )
    what = f"the key {path} cannot be used as it is: {what}"
    return LoginRefused(what, where=host.name, mend=mend, reach=Reach.UNTRIED)


def home_of(host: Login, name: str) -> Path:
    """The path that a name means, with `~` for a home; raises LoginRefused for a user unknown."""
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise LoginRefused(
            f"the key file {name} cannot be found: there is no such user here",
            where=host.name,
            mend="correct the answer `key`",
            reach=Reach.UNTRIED,
        ) from error


def _is_public(path: Path) -> bool:
    """Whether a file is the public half of a key: one line of ssh's form, or that of RFC 4716."""
    try:
        begin = read_whole(path)
    except OSError:
        return False
    return begin.startswith((b"ssh-", b"ecdsa-", b"sk-", b"---- BEGIN SSH2 PUBLIC KEY"))


def _is_of_putty(path: Path) -> bool:
    """Whether a file is a private key that PuTTY keeps, which OpenSSH does not read."""
    try:
        return read_whole(path).startswith(b"PuTTY-User-Key-File")
    except OSError:
        return False


def _from_agent(path: Path) -> Any:
    """The agent's key of which the public half lies beside `path`; None without one."""
    from paramiko import Agent

    public = path.with_name(path.name + ".pub")
    try:
        # The comment behind the key may be in any encoding.
        words = read_whole(public).split()
    except OSError:
        return None
    if len(words) < 2:
        return None
    blob = words[1].decode("ascii", "replace")
    for key in Agent().get_keys():
        if key.get_base64() == blob:
            return key
    return None
