"""Fabric behind the `Host` protocol: the only module that knows it, Paramiko or Invoke.

Fabric's Connection opens and owns the transport; commands run on raw channels of it, because
Invoke's runner polls, feeds standard input a byte at a time, reads the operator's keys and joins
output quadratically. All three libraries are imported when the first connection is opened, in the
thread that opens it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base.errors import LoginRefused, ShellRefused, Unreachable
from wizard.base.secrets import Secret, mask
from wizard.base.shell import PATH
from wizard.hosts import alive, openssh
from wizard.hosts.banner import Banner
from wizard.hosts.channel import Input, bounded, converse
from wizard.hosts.connect import KEEPALIVE, open_socket, sudoers, wrap
from wizard.hosts.greeting import one_line
from wizard.hosts.host import OnOutput, Result
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.output import Kept
from wizard.hosts.private_key import home_of, load_key
from wizard.hosts.refusal import lost, no_session, no_way_on, refusal

BANNER_TIMEOUT = 10.0
"""Seconds from the TCP connection to the server's ssh banner."""
AUTH_TIMEOUT = 10.0
"""Seconds for each answer to a login attempt."""
CHANNEL_TIMEOUT = 15.0
"""Seconds to open a channel on an open connection; Paramiko's own bound is an hour."""
SESSIONS = 6
"""Commands at a time on one connection; sshd refuses more than MaxSessions, 10 by default
(sshd_config(5)).
"""

logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SshHost:
    """One machine over ssh. `key_path` alone is tried when given; else the wizard's own key, then
    the agent.

    `password` is for the first login, until `install_key` has put the wizard's own key there.
    ~/.ssh/config is not read: what is reached, and as whom, is what the answers say. A connection
    that broke is opened anew by the next `run`.
    """

    when_refused = (
        "check user and password; root logs in by password only if /etc/ssh/sshd_config there has"
        " `PermitRootLogin yes`; or add your public key to authorized_keys there"
    )
    """What the operator can do about a refused login."""

    def __init__(
        self,
        name: str,
        address: str,
        port: int = 22,
        user: str = "root",
        *,
        known_hosts: KnownHosts,
        key_path: str = "",
        own_key: Path | None = None,
        password: Secret | None = None,
        use_agent: bool = True,
        sudo: bool | None = None,
        path: str = PATH,
    ) -> None:
        self.name = name
        self.address = address
        self.port = port
        self.user = user
        self.known_hosts = known_hosts
        self.key_path = key_path
        self.own_key = own_key
        self.password = password
        self.use_agent = use_agent
        self.path = path
        self.sudo = user != "root" if sudo is None else sudo
        self._connection: Any = None
        self._closed = 0
        self._opening = threading.Lock()
        self._sessions = threading.BoundedSemaphore(SESSIONS)

    @property
    def is_self(self) -> bool:
        """Never: what is reached over ssh is another machine (`reboot.same_machine` makes sure)."""
        return False

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes | None = None,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Result:
        """See `Host.run`. An exception that `on_output` raises ends the run and comes out of it."""
        fed = stdin is not None
        script = wrap(argv, path=self.path, sudo=self.sudo, fed=fed)
        to_send = Input(one_line(script) + (stdin or b""), fed, _broken())
        with self._sessions:
            return self._run(to_send, mask(" ".join(argv)), timeout, on_output)

    def _run(
        self, to_send: Input, shown: str, timeout: float | None, on_output: OnOutput | None
    ) -> Result:
        channel = self._channel()
        begun = time.monotonic()
        output = Kept(on_output)
        errors = Kept(on_output)
        with bounded(channel, timeout) as late:
            code = converse(self, channel, to_send, output, errors)
            ended = late.is_set()
        seconds = time.monotonic() - begun
        if code == -1:
            raise lost(self.name, shown, seconds, ended)
        output.end()
        errors.end()
        return Result(code, output.text(), errors.text(), seconds)

    def _channel(self) -> Any:
        """A new channel; a connection that turns out to be stale is replaced once, since nothing
        was run.
        """
        transport = self._open()
        try:
            return self._session(transport)
        except _broken():
            transport.close()
        try:
            return self._session(self._open())
        except _broken() as error:
            raise no_session(self.name, error) from error

    def _session(self, transport: Any) -> Any:
        """A session on this transport; one that has just ended may still count on the server for a
        moment.

        What Paramiko raises for a refusal depends on other threads (they share one saved
        exception), so it is told from a broken connection by the time that it takes.
        """
        until = time.monotonic() + CHANNEL_TIMEOUT
        while True:
            try:
                return transport.open_session(timeout=CHANNEL_TIMEOUT)
            except _broken() as error:
                if not transport.is_active() or "timeout" in str(error).lower():
                    raise
                if time.monotonic() >= until:
                    raise no_session(self.name, error) from error
                time.sleep(0.05)

    def _open(self) -> Any:
        """The transport, opened by one thread while the others wait."""
        with self._opening:
            if self._connection is None or not self._connection.is_connected:
                closed = self._closed
                self._connection = None
                connection = _connect(self)
                if closed != self._closed:
                    connection.close()
                    raise Unreachable("closed while connecting", where=self.name)
                self._connection = connection
            return self._connection.transport

    def close(self) -> None:
        """See `Host.close`; may be called while another thread is connecting."""
        self._closed += 1
        connection = self._connection
        self._connection = None
        if connection is not None:
            connection.close()

    def socket(self) -> Any:
        """What a connection runs over: a new TCP connection. Raises Unreachable."""
        return open_socket(self.name, self.address, self.port)

    @property
    def identity(self) -> tuple[str, int]:
        """Address and port under which the host's key is known."""
        return self.address, self.port

    def trust(self, kind: str, blob: str) -> None:
        """Pass if the host's key is known; raises HostKeyUnknown or HostKeyChanged."""
        self.known_hosts.check(self.name, *self.identity, kind, blob)

    def tunnel(self, address: str, port: int) -> Any:
        """A connection from this host to another address, to be used like a socket (RFC 4254,
        direct-tcpip).
        """
        for last in (False, True):
            transport = self._open()
            try:
                ends = (address, port), ("127.0.0.1", 0)
                return transport.open_channel("direct-tcpip", *ends, timeout=CHANNEL_TIMEOUT)
            except _broken() as error:
                if not last and not transport.is_active():
                    continue
                raise no_way_on(self.name, address, port, error) from error
        return None

    def client(self, *options: str) -> tuple[str, ...]:
        """OpenSSH's own client; options, then the address."""
        own_key = str(self.own_key) if self.own_key else ""
        trusted = openssh.options(self.port, self.key_path or own_key, self.known_hosts.files)
        return ("ssh", *options, *trusted, f"{self.user}@{self.address}")

    def jump(self) -> tuple[str, ...]:
        """What makes OpenSSH's client go through this host."""
        return openssh.through(self.client())

    def shell(self) -> tuple[str, ...]:
        """A terminal there, as root."""
        login = self.client("-t")
        return (*login, "sudo", "-i") if self.sudo else login


@dataclass
class _Policy:
    """What Paramiko asks about every host key, since it is given no known_hosts of its own."""

    host: SshHost
    passed: bool = False
    made: Any = None
    """The transport, as soon as there is one."""

    def missing_host_key(self, client: object, hostname: str, key: Any) -> None:
        """Raise HostKeyUnknown or HostKeyChanged, or note that the key is known."""
        self.host.trust(key.get_name(), key.get_base64())
        self.passed = True

    def transport(self, sock: Any, **kwargs: Any) -> Any:
        """A transport that asks for a key type that is known of this host, if any is."""
        from paramiko import Transport

        transport = Transport(sock, **kwargs)
        self.made = transport
        kinds = set(self.host.known_hosts.kinds(*self.host.identity))
        if "ssh-rsa" in kinds:
            # One key of that type signs by any of these (RFC 8332).
            kinds |= {"rsa-sha2-512", "rsa-sha2-256"}
        options = transport.get_security_options()
        options.key_types = sorted(options.key_types, key=lambda kind: kind not in kinds)
        return transport


def _connect(host: SshHost) -> Any:
    """Open a connection: socket, host key, login, right to act as root. Raises Unreachable or
    HostKey…
    """
    from fabric import Config, Connection

    policy = _Policy(host)
    login = _login(host)
    sock = host.socket()
    connection = Connection(
        *(host.address, host.user, host.port),
        config=Config(lazy=True),
        forward_agent=False,
        connect_kwargs={**login, "sock": sock, "transport_factory": policy.transport},
    )
    connection.client.set_missing_host_key_policy(policy)
    banner = Banner(sock, BANNER_TIMEOUT, lambda: policy.made)
    try:
        with banner:
            connection.open()
        connection.transport.set_keepalive(KEEPALIVE)
        alive.watch(connection.transport, alive.INTERVAL, alive.PATIENCE)
        if host.sudo:
            _check_sudo(host, connection.transport)
    except _broken() as error:
        raise refusal(host, banner.late or error, policy.passed) from error
    finally:
        connection.connect_kwargs.clear()
        if not policy.passed or not connection.is_connected:
            connection.client.close()
            sock.close()
    return connection


def _login(host: SshHost) -> dict[str, Any]:
    """A fresh dict for each connection, because Fabric writes to it.

    With an explicit key or a password, neither the agent nor ~/.ssh is tried: each key counts as an
    attempt, and an agent with many keys uses them all up (MaxAuthTries in sshd_config(5), 6 by
    default).
    """
    wide = host.use_agent and not host.key_path and host.password is None
    login: dict[str, Any] = {
        "banner_timeout": BANNER_TIMEOUT,
        "auth_timeout": AUTH_TIMEOUT,
        "channel_timeout": CHANNEL_TIMEOUT,
        "allow_agent": wide,
        "look_for_keys": wide,
    }
    if host.key_path:
        login["pkey"] = load_key(host, home_of(host, host.key_path))
    elif host.own_key is not None and host.own_key.exists():
        login["pkey"] = load_key(host, host.own_key)
    if host.password is not None:
        login["password"] = host.password.reveal()
    return login


def _check_sudo(host: SshHost, transport: Any) -> None:
    """Refuse a user who cannot become root without being asked for a password."""
    channel = transport.open_session(timeout=CHANNEL_TIMEOUT)
    errors = Kept()
    script = one_line(wrap(("true",), path=host.path, sudo=True))
    try:
        with bounded(channel, CHANNEL_TIMEOUT):
            code = converse(host, channel, Input(script, False, _broken()), Kept(), errors)
    except ShellRefused:
        transport.close()
        raise
    if code != 0:
        transport.close()
        said = errors.text().strip() or f"exit {code}"
        raise LoginRefused(
            f"{host.user} may not use sudo without a password ({said})",
            where=host.name,
            mend=f"log in as root, or run there as root: {sudoers(host.user)}",
        )


def _broken() -> tuple[type[Exception], ...]:
    """What a broken connection raises, in the socket and in Paramiko."""
    from paramiko.ssh_exception import SSHException

    return (OSError, EOFError, SSHException)
