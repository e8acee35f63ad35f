"""A connection that does not come about, or is lost, in the operator's words."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from wizard.base.errors import ConnectionLost, LoginRefused, Reach, ShellRefused, Unreachable
from wizard.base.secrets import Secret
from wizard.hosts.failures import forwarding, sentence
from wizard.hosts.known_hosts import label


class Login(Protocol):
    """What is known of a host to which a login was tried, and by what means; `SshHost` says what
    each is.
    """

    name: str
    address: str
    port: int
    user: str
    key_path: str
    own_key: Path | None
    password: Secret | None
    use_agent: bool
    when_refused: str


def refusal(host: Login, error: Exception, key_passed: bool) -> Unreachable:
    """What a failure to connect means to the operator."""
    text = str(error)
    # The words of Paramiko's IncompatiblePeer.
    if text.startswith("Incompatible"):
        return _too_old(host, text)
    said = sentence(error)
    # What broke the connection comes from Paramiko as it is; nobody refused anything then.
    broken = isinstance(error, OSError) or "timeout" in text.lower()
    if broken or not key_passed:
        return Unreachable(
            f"{label(host.address, host.port)} answers, but the ssh connection does not "
            f"come about: {said}",
            where=host.name,
            mend="check that this is the ssh port, and on the host's console: journalctl -u ssh; "
            "after logins that failed, an ssh server from OpenSSH 9.8 on (Debian 13) refuses an "
            "address for a while (PerSourcePenalties in sshd_config(5)): wait some minutes",
            reach=Reach.NO_SSH,
        )
    tried = ", ".join(_tried(host)) or "nothing"
    return LoginRefused(
        f"login as {host.user} is refused ({said}); tried: {tried}",
        where=host.name,
        mend=host.when_refused,
    )


def _too_old(host: Login, text: str) -> Unreachable:
    return Unreachable(
        f"{label(host.address, host.port)} is an ssh server with which no safe algorithm is left: "
        f"{text}",
        where=host.name,
        mend="it is too old, or its sshd_config allows old algorithms only: update openssh-server "
        "there, or take HostKeyAlgorithms, KexAlgorithms, Ciphers and MACs out of "
        "/etc/ssh/sshd_config (`sshd -T` shows what it offers)",
        reach=Reach.NO_SSH,
    )


def _tried(host: Login) -> list[str]:
    """The means in the order in which they were tried."""
    means = []
    if host.key_path:
        means.append(f"the key {host.key_path}")
    elif host.own_key and host.own_key.exists():
        means.append("the wizard's own key")
    if host.password is not None:
        means.append("the password")
    if host.use_agent and not host.key_path and not host.password:
        means.append("your agent and ~/.ssh")
    return means


def no_session(where: str, error: Exception) -> Unreachable:
    """A login that was let in, and no channel for a command."""
    return Unreachable(
        f"the ssh server opens no session: {sentence(error)}",
        where=where,
        mend="check on the host: journalctl -u ssh, and MaxSessions in /etc/ssh/sshd_config",
        reach=Reach.NO_SSH,
    )


def no_way_on(where: str, address: str, port: int, error: Exception) -> Unreachable:
    """A server that was reached, and makes no connection on to another machine."""
    return Unreachable(
        f"{address} port {port} cannot be reached from there: {forwarding(error)}",
        where=where,
        mend=f"on {where}: ping {address}, and `ssh -p {port} {address}` says the same in detail",
    )


def no_shell(host: Login, code: int, said: str) -> ShellRefused:
    """A login that was let in, and a command that ended before /bin/sh said that it is there."""
    words = f" and says: {said}" if said else " without a word"
    return ShellRefused(
        f"the login shell of {host.user} runs no commands: it ends with {code}{words}",
        where=host.name,
        mend=f"on its console: `getent passwd {host.user}` names the shell, and `chsh -s /bin/bash "
        f"{host.user}` gives it another; nologin, a restricted shell, an `exit` in its start files "
        "(.bashrc), ForceCommand in sshd_config and `command=` in authorized_keys do this",
    )


def no_greeting(host: Login, said: str) -> ShellRefused:
    """A login shell that neither ends nor starts /bin/sh."""
    words = f"; it says: {said}" if said else ""
    return ShellRefused(
        f"the login shell of {host.user} did not start a command in time; nothing was run{words}",
        where=host.name,
        mend=f"on its console, see what its start files (.bashrc) wait for, and `getent passwd "
        f"{host.user}` for the shell",
    )


def lost(where: str, shown: str, seconds: float, late: bool) -> ConnectionLost:
    """A command of which the end was not seen; `late` when its time was up."""
    short = shown if len(shown) <= 120 else shown[:119] + "…"
    what = "no end after" if late else "the connection was lost after"
    return ConnectionLost(
        f"{what} {seconds:.1f} s of `{short}`; state unknown: it may go on or have finished",
        where=where,
        mend="look again as soon as the host answers; nothing is repeated blindly",
    )
