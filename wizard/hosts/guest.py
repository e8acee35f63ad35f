"""An instance as a host: reached through the nodes, trusted by what the node recorded when it made
it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from wizard.base.errors import (
    ConnectionLost,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    Unreachable,
    WizardError,
)
from wizard.base.names import short
from wizard.base.plain import lines_of
from wizard.base.shell import new_mark
from wizard.hosts.connect import public_key
from wizard.hosts.greeting import one_line, opening
from wizard.hosts.host import Host, Result
from wizard.hosts.install_key import INSTALL
from wizard.hosts.known_hosts import KnownHosts, label
from wizard.hosts.ssh import SshHost

RECORDS = "/var/lib/ganeti-wizard/guests"
"""Where the hook gw-10-access leaves NAME.keys, a guest's public host keys, on the node that
installs it.
"""
TIMEOUT = 60.0
"""Seconds for a short command on a node on the guest's behalf."""
_RECORD = 'cd "$1" && stat -c %Y "$2.keys" && cat "$2.keys"'
_INTRODUCE = (
    'set -e; file=$(mktemp); trap \'rm -f "$file"\' EXIT; read -r key; printf "%s\\n" '
    '"$key" >"$file"; '
    "ssh -F none -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=yes"
    ' -o HostKeyAlias="$1" -o UserKnownHostsFile="$file" -o GlobalKnownHostsFile=/dev/null '
    '-p "$3" "$4@$2" "$5"'
)


class Gateway(Host, Protocol):
    """A node, as a guest needs it."""

    def tunnel(self, address: str, port: int) -> Any:
        """A connection from the node to an address."""
        ...

    def jump(self) -> tuple[str, ...]:
        """Options for OpenSSH's client to go through the node."""
        ...


class GuestHost(SshHost):
    """One instance, named by its short name; `ways` are the nodes to go through, the likeliest
    first.

    Its key is known by its full name (an address behind a gateway may mean another machine
    elsewhere). An unknown key is accepted when the newest record that a node made at an
    installation has it. So is a changed one: a reinstall makes new keys, and the record is read
    over a connection that is trusted already, from a file that only root on that node can write,
    who owns the guest's disk and memory anyhow. Whoever could forge the record gains nothing by it.
    Without a record both are the usual errors.
    """

    when_refused = (
        "the guest lets in the keys that its node let in when it was installed; on its "
        "console (gnt-instance console"
        " NAME) or by ssh from that node, add the wizard's public key to /root/.ssh/authorized_keys"
    )

    def __init__(
        self,
        full: str,
        address: str,
        ways: Sequence[Gateway],
        *,
        known_hosts: KnownHosts,
        own_key: Path,
        port: int = 22,
        user: str = "root",
    ) -> None:
        super().__init__(
            short(full),
            address,
            port,
            user,
            known_hosts=known_hosts,
            own_key=own_key,
            sudo=False,
        )
        self.full, self.ways = full, tuple(ways)
        self._way = self.ways[0]

    @property
    def identity(self) -> tuple[str, int]:
        """Its full name, as ssh's HostKeyAlias has it."""
        return self.full, 22

    def socket(self) -> Any:
        """Through the first node that gets there; raises Unreachable with what each node says."""
        told = []
        for way in (self._way, *(one for one in self.ways if one is not self._way)):
            try:
                sock = way.tunnel(self.address, self.port)
            except WizardError as error:
                told.append(f"through {way.name}: {error.what}")
                continue
            self._way = way
            return sock
        raise Unreachable(
            "; ".join(told),
            where=self.name,
            mend=f"gnt-instance list {self.full} says whether it runs; gnt-instance console "
            f"{self.full} is the way in"
            " while its network or its ssh server is down",
        )

    def trust(self, kind: str, blob: str) -> None:
        """See the class; raises HostKeyUnknown or HostKeyChanged."""
        try:
            super().trust(kind, blob)
        except (HostKeyUnknown, HostKeyChanged):
            if (kind, blob) not in self._recorded():
                raise
            self.known_hosts.accept(f"{label(*self.identity)} {kind} {blob}", instead=True)
            super().trust(kind, blob)

    def _recorded(self) -> set[tuple[str, str]]:
        """The keys of the newest record; of two made in the same second, those of both."""
        found: dict[int, set[tuple[str, str]]] = {}
        for result in self._from_ways(("sh", "-c", _RECORD, "record", RECORDS, self.full)):
            head, _, body = result.out.partition("\n")
            if result.rc == 0 and head.isdigit():
                keys = {
                    (words[0], words[1])
                    for line in lines_of(body)
                    if len(words := line.split()) >= 2
                }
                found[int(head)] = found.get(int(head), set()) | keys
        return found[max(found)] if found else set()

    def _from_ways(self, argv: tuple[str, ...], stdin: bytes | None = None) -> Iterator[Result]:
        """The same command on each node in turn; one that cannot be reached is passed over."""
        for way in self.ways:
            try:
                yield way.run(argv, stdin=stdin, timeout=TIMEOUT)
            except (Unreachable, ConnectionLost, HostKeyUnknown, HostKeyChanged):
                continue

    def _open(self) -> Any:
        """As ever; a guest that refuses the wizard's key gets it from a node that the guest lets
        in.
        """
        try:
            return super()._open()
        except LoginRefused:
            if not self._introduced():
                raise
            return super()._open()

    def _introduced(self) -> bool:
        """Add the wizard's public key by ssh from a node. Root there is let in with the keys of
        that node.

        The nodes may have been logged in to by another user, an agent or a lab's key, or be this
        machine: then the wizard's key is on none of them, and so not in the guest either.
        """
        known = [entry for entry in self.known_hosts.of(*self.identity) if not entry.marker]
        if not known or self.own_key is None:
            return False
        public = public_key(self.own_key)
        key = " ".join(public.split()[:2])
        install = shlex.join(("sh", "-c", INSTALL, "install-key", self.user, key))
        argv = (
            "sh",
            "-c",
            _INTRODUCE,
            "introduce",
            self.full,
            self.address,
            str(self.port),
            self.user,
            opening(new_mark()),
        )
        for entry in known:
            host_key = f"{self.full} {entry.kind} {entry.blob}\n".encode()
            stdin = host_key + one_line(install) + f"{public}\n".encode()
            if any(result.rc == 0 for result in self._from_ways(argv, stdin)):
                return True
        return False

    def client(self, *options: str) -> tuple[str, ...]:
        """OpenSSH's client through the node that was used last."""
        return super().client(*options, "-o", f"HostKeyAlias={self.full}", *self._way.jump())


def is_guest(host: Host) -> bool:
    """Whether a host is an instance and no server of the cluster."""
    return isinstance(host, GuestHost)
