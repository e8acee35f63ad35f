"""Reaching a host before ssh begins: the socket and its options, the wizard's own key, and who to
log in as.
"""

from __future__ import annotations

import errno
import shlex
import socket
from collections.abc import Sequence
from pathlib import Path

from wizard.base.errors import Reach, StateError, Unreachable
from wizard.base.own_files import read_whole
from wizard.base.shell import PATH
from wizard.hosts.failures import sentence
from wizard.state.files import write_whole

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for the TCP connection."""
KEEPALIVE = 5
"""Seconds between keepalives; alone they do not notice a dead peer, together with DEAD_AFTER they
do.
"""
DEAD_AFTER = 15
"""Seconds without an acknowledgement after which the kernel gives the connection up (tcp(7),
TCP_USER_TIMEOUT).
"""
KEY_NAME = "id_ed25519"


def open_socket(
    where: str, address: str, port: int, timeout: float = CONNECT_TIMEOUT
) -> socket.socket:
    """Connect, without Nagle's delay and with a bound on a dead peer; raises Unreachable with the
    mend.
    """
    try:
        sock = socket.create_connection((address, port), timeout)
    except socket.gaierror as error:
        raise Unreachable(
            f"the name {address} cannot be resolved ({error.strerror})",
            where=where,
            mend="give the node's address instead of a name, or correct the name",
            reach=Reach.NAME,
        ) from error
    except UnicodeError as error:
        # An empty label, or one over 63 characters, does not even become a question (RFC 1035).
        raise Unreachable(
            f"{address[:80]} is no name of a host: a part is empty, or longer than 63 letters",
            where=where,
            mend="give the node's address instead of a name, or correct the name",
            reach=Reach.NAME,
        ) from error
    except ConnectionRefusedError as error:
        raise Unreachable(
            f"{address} refuses connections on port {port}",
            where=where,
            mend=(
                "check the port, and on the host's console that the ssh server runs (systemctl "
                "status ssh), and that it does not bar this address (fail2ban-client status sshd)"
            ),
            reach=Reach.REFUSED,
        ) from error
    except OSError as error:
        why = (
            f"no answer within {timeout:g} s"
            if isinstance(error, TimeoutError)
            else sentence(error)
        )
        raise Unreachable(
            f"{address} port {port} cannot be reached: {why}",
            where=where,
            mend="check that the host is on, its address, and that no firewall is in between",
            reach=_reach(error),
        ) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER * 1000)
    return sock


def _reach(error: OSError) -> Reach:
    """How far a connection came that neither the name nor a refusal ended (errno(3))."""
    if isinstance(error, TimeoutError):
        return Reach.TIMEOUT
    if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
        return Reach.NO_ROUTE
    if error.errno == errno.ENETUNREACH:
        return Reach.NO_NETWORK
    return Reach.UNTRIED


def wrap(argv: Sequence[str], *, path: str = PATH, sudo: bool = False, fed: bool = False) -> str:
    """What sh on the host runs: one quoting, C locale, a full PATH, sudo without a prompt.

    Nothing else of a login's environment (pam_env(8), start files) gets to a command: variables
    such as SYSTEMD_COLORS or POSIXLY_CORRECT would change what it says, and a proxy for apt would
    be there at a look and not in a unit, which has none of it either.

    The shell is not replaced by the command (no exec), so that a command killed by a signal ends
    with 128 + signal; ssh would report no exit status at all, which is the mark of a broken
    connection. A command that is `fed` need not read all of its standard input, yet the shell does:
    data or an end of file for a channel that is closed already make sshd drop the whole connection,
    and Paramiko cannot rule that out.
    """
    settings = f"LC_ALL=C PATH={shlex.quote(path)}"
    line = f'env -i HOME="$HOME" {settings} {shlex.join(argv)}'
    if sudo:
        line = f"sudo -n -- env -i HOME=/root {settings} {shlex.join(argv)}"
    end = "; rc=$?; cat >/dev/null; exit $rc" if fed else " </dev/null; exit $?"
    return f"export {settings}; {line}{end}"


def sudoers(user: str) -> str:
    """What an administrator runs on the host so that `user` may use sudo without a password."""
    file = "/etc/sudoers.d/ganeti-wizard"
    return f"echo {shlex.quote(f'{user} ALL=(ALL:ALL) NOPASSWD: ALL')} >{file} && chmod 440 {file}"


def own_key(directory: Path) -> Path:
    """The wizard's own ed25519 key, made when missing (mode 0600, public half beside it as .pub).

    Returns the private key's path. Raises StateError when it cannot be read or written, or is
    damaged.
    """
    path = directory / KEY_NAME
    public = path.with_name(path.name + ".pub")
    try:
        if not path.exists():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_key(path)
        elif not _whole(path):
            raise damaged(path)
        if not public.exists():
            write_whole(public, _public_half(path), 0o644)
    except OSError as error:
        what = f"cannot make the wizard's ssh key, or read it: {error.strerror}"
        raise StateError(
            what, where=str(path), mend="check the rights on it and on its directory"
        ) from error
    except ValueError as error:
        raise damaged(path) from error
    except TypeError as error:
        what, mend = (
            "the wizard's ssh key has a passphrase, and no public half",
            f"ssh-keygen -y -f {path} >{public}",
        )
        raise StateError(what, where=str(path), mend=mend) from error
    return path


def damaged(path: Path) -> StateError:
    """The wizard's own key is there and is none: a full disk or a power cut may leave that."""
    return StateError(
        "the wizard's ssh key is damaged",
        where=str(path),
        mend=(
            "move it and its .pub away: a new one is made, to be let in on the servers as "
            "the first one was"
        ),
    )


def _whole(path: Path) -> bool:
    """Whether a file begins and ends as a private key in whatever form; quick, since nothing is
    decoded.
    """
    lines = read_whole(path).strip().splitlines()
    return (
        len(lines) > 2
        and lines[0].startswith(b"-----BEGIN ")
        and lines[-1].startswith(b"-----END ")
    )


def public_key(path: Path) -> str:
    """The public line of the key at `path`; raises StateError when that cannot be read."""
    public = path.with_name(path.name + ".pub")
    try:
        # The comment behind the key may be in any encoding.
        return read_whole(public).decode("utf-8", "replace").strip()
    except OSError as error:
        raise StateError(
            f"the public half of the wizard's ssh key cannot be read: {error.strerror}",
            where=str(public),
            mend="move it away: it is made anew from the private one",
        ) from error


def _make_key(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = Ed25519PrivateKey.generate().private_bytes(
        form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()
    )
    write_whole(path, text)


def _public_half(path: Path) -> str:
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_ssh_private_key(read_whole(path), password=None)
    line = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    return f"{line.decode()} ganeti-wizard\n"
