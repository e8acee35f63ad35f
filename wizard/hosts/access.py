"""From the answers to hosts that can be run on: who is reached how, which keys are trusted, the
first login.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from wizard.answers import Answers, Node, Ssh
from wizard.base.beside import begun
from wizard.base.errors import ConnectionLost, HostKeyUnknown, Unreachable, WizardError
from wizard.hosts.host import Host
from wizard.hosts.known_hosts import KnownHosts
from wizard.state.store import Store

if TYPE_CHECKING:
    from wizard.base.secrets import Secret
    from wizard.hosts.local import LocalHost
    from wizard.hosts.ssh import SshHost

MACHINE_ID = (
    "sh",
    "-c",
    "cat /sys/class/dmi/id/product_uuid /etc/machine-id 2>/dev/null; ip -o link | cut -d' ' -f2-",
)


class SameMachine(Unreachable):
    """Two hosts of the answers are one machine."""


def known_hosts(store: Store) -> KnownHosts:
    """The trusted host keys of this build, with the system's and the operator's own."""
    return KnownHosts(store.folder / "known_hosts")


def make_hosts(answers: Answers, store: Store, passwords: Mapping[str, Secret]) -> dict[str, Host]:
    """One Host per node, per guest and for the backup host, by short name; nothing is contacted
    yet.

    A guest is reached through the nodes, its primary first. Raises Unreachable for "local" without
    root.
    """
    from wizard.hosts.connect import own_key
    from wizard.hosts.guest import GuestHost

    trusted = known_hosts(store)
    nodes = {
        node.short: _host(node, store, trusted, passwords.get(node.short)) for node in answers.nodes
    }
    hosts: dict[str, Host] = dict(nodes)
    for one in answers.guests:
        ways = [nodes[short] for short in dict.fromkeys((one.primary, one.secondary, *nodes))]
        hosts[one.short] = GuestHost(
            one.name, str(one.ip), ways, known_hosts=trusted, own_key=own_key(store.folder)
        )
    if answers.backup_host is not None:
        hosts[answers.backup_host.short] = _host(answers.backup_host, store, trusted, None)
    return hosts


def _host(
    node: Node, store: Store, trusted: KnownHosts, password: Secret | None
) -> SshHost | LocalHost:
    ssh = node.ssh.model_copy(update={"host": node.ssh.host or str(node.ip)})
    return reached(node.short, ssh, store, trusted, password)


def reached(
    name: str, ssh: Ssh, store: Store, trusted: KnownHosts, password: Secret | None = None
) -> SshHost | LocalHost:
    """A machine that is reached so; nothing is contacted yet. Raises Unreachable for "local"
    without root.
    """
    from wizard.hosts.connect import own_key
    from wizard.hosts.local import LocalHost, give_way
    from wizard.hosts.ssh import SshHost

    if ssh.local:
        if os.geteuid() != 0:
            raise Unreachable(
                "the wizard runs on this node, and not as root",
                where=name,
                mend="run it as root",
            )
        give_way()
        return LocalHost(name)
    return SshHost(
        name,
        ssh.host,
        ssh.port,
        ssh.user,
        known_hosts=trusted,
        key_path=ssh.key,
        own_key=own_key(store.folder),
        password=password,
    )


def log_in(host: Host, store: Store) -> str:
    """Connect once and make later logins need no password; returns what tells this machine from
    others.

    Raises HostKeyUnknown, HostKeyChanged, LoginRefused or Unreachable.
    """
    from wizard.hosts.connect import own_key, public_key
    from wizard.hosts.install_key import install_key
    from wizard.hosts.ssh import SshHost

    result = host.run(MACHINE_ID, timeout=60)
    if isinstance(host, SshHost) and host.password is not None:
        install_key(host, public_key(own_key(store.folder)))
    return result.out


def log_in_all(hosts: Iterable[Host], store: Store) -> dict[str, WizardError]:
    """Log in to all hosts side by side; the errors by host, none when all went well and no two are
    one machine.
    """
    return _each(hosts, lambda host: log_in(host, store))


def same_machines(hosts: Iterable[Host]) -> dict[str, WizardError]:
    """Hosts that are one machine under two addresses; one that does not answer is not judged."""
    found = _each(hosts, lambda host: host.run(MACHINE_ID, timeout=60).out)
    return {name: error for name, error in found.items() if isinstance(error, SameMachine)}


def _each(hosts: Iterable[Host], identify: Callable[[Host], str]) -> dict[str, WizardError]:
    errors: dict[str, WizardError] = {}
    seen: dict[str, str] = {}
    logins = {host.name: begun(partial(identify, host)) for host in hosts}
    for name, login in logins.items():
        try:
            identity = login.result()
        except WizardError as error:
            errors[name] = error
            continue
        if identity.strip() and identity in seen:
            errors[name] = SameMachine(
                f"this is the same machine as {seen[identity]}",
                where=name,
                mend="give the other server's address",
            )
        seen.setdefault(identity, name)
    return errors


def accept_fingerprints(hosts: Iterable[Host], store: Store, fingerprints: Iterable[str]) -> None:
    """Trust unknown host keys whose fingerprint was given beforehand; others stay unknown.

    Guests that cannot be reached yet are passed over. Raises what a node's login raises.
    """
    from wizard.hosts.guest import GuestHost

    allowed = set(fingerprints)
    if not allowed:
        return
    for host in hosts:
        try:
            host.run(("true",), timeout=60)
        except HostKeyUnknown as error:
            if error.fingerprint not in allowed:
                raise
            known_hosts(store).accept(error.key_line)
        except (Unreachable, ConnectionLost):
            if not isinstance(host, GuestHost):
                raise
