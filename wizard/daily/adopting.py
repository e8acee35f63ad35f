"""A cluster taken in: the login to its servers, the look at them, and the state that is kept.

Nothing is changed on any machine, but that the wizard's own key is let in where a password was
given, as with a build's first login.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.answers import Answers, Ssh
from wizard.base.errors import HostKeyUnknown, LoginRefused, StateError, WizardError
from wizard.base.secrets import Secret
from wizard.daily import config_archive
from wizard.hosts import access
from wizard.hosts.host import Host
from wizard.hosts.ssh import SshHost
from wizard.model.adoption import Adopted, Adoption
from wizard.run.within import Wanted, gather_within
from wizard.state import adopted as marks
from wizard.state.store import Store

TRIES = 5
"""How often a login is tried: a key to be accepted, then passwords."""
SECONDS = 45.0
"""How long a server may take to say what is asked; what arrived until then counts."""

Reach = Callable[[str, Ssh], Host]
MakeHosts = Callable[[Answers], Mapping[str, Host]]


@dataclass
class Adopting:
    """One adoption into a state directory, whose lock is held.

    `trusts` says of an unknown host key whether the operator compared it, `password` gives one for
    a host, or None. `reach` and `make_hosts` make hosts, of what was typed and of answers.
    """

    store: Store
    adoption: Adoption
    trusts: Callable[[HostKeyUnknown], bool]
    password: Callable[[str], Secret | None]
    reach: Reach
    make_hosts: MakeHosts
    clock: Callable[[], float] = time.time
    errors: dict[str, WizardError] = field(default_factory=dict)
    """Of the hosts that did not let the wizard in."""

    def begin(self) -> None:
        """Raises StateError where a build was begun: its answers were decided, and stay."""
        if self.store.begun() and not marks.is_adopted(self.store.folder):
            raise StateError(
                f"a build was begun in {self.store.folder}",
                mend="adopt into a directory of its own: --state DIR",
            )

    def from_hosts(self, typed: Mapping[str, Ssh]) -> Adopted:
        """The cluster of these hosts; raises WizardError when none lets in, or none can be made."""
        hosts = {}
        for name, way in typed.items():
            host = self.reach(name, way)
            if self._lets_in(host):
                hosts[name] = host
        try:
            if not hosts:
                raise next(iter(self.errors.values()))
            wanted = [Wanted(host, self.adoption.lanes, SECONDS) for host in hosts.values()]
            facts, _ = gather_within(wanted, Answers())
        finally:
            _close(list(hosts.values()))
        return self.adoption.from_hosts(facts, {name: typed[name] for name in hosts})

    def from_copy(self, path: Path, way: Ssh) -> Adopted:
        """The cluster of an archive of its configuration."""
        copy = config_archive.read(path)
        return self.adoption.from_copy(copy.config, copy.answers, path.name, way)

    def keep(self, made: Adopted) -> None:
        """The mark first: never are there answers without it. Raises StateError."""
        mark = marks.Mark(
            cluster=made.answers.hosts.cluster_name,
            origin=made.origin,
            serial=made.serial,
            time=int(self.clock()),
            told=(*made.told, *made.limits),
        )
        marks.write(self.store.folder, mark)
        self.store.save(made.answers)

    def log_in_to_the_others(self, made: Adopted) -> None:
        """The nodes that were not typed, and the backup host: who lets in now is looked at later
        without a question. An error is kept, and ends nothing.
        """
        hosts = self.make_hosts(made.answers)
        names = [node.short for node in made.answers.nodes]
        if made.answers.backup_host is not None:
            names.append(made.answers.backup_host.short)
        for name in names:
            if name not in made.reached.values():
                self._lets_in(hosts[name])
        _close(list(hosts.values()))

    def _lets_in(self, host: Host) -> bool:
        """Whether a host lets the wizard in, now and without a password later."""
        for _ in range(TRIES):
            try:
                access.log_in(host, self.store)
                self.errors.pop(host.name, None)
                return True
            except HostKeyUnknown as error:
                self.errors[host.name] = error
                if not self.trusts(error):
                    return False
                access.known_hosts(self.store).accept(error.key_line)
            except LoginRefused as error:
                self.errors[host.name] = error
                secret = self.password(host.name)
                if secret is None or not isinstance(host, SshHost):
                    return False
                host.password = secret
            except WizardError as error:
                self.errors[host.name] = error
                return False
        return False


def _close(hosts: Sequence[Host]) -> None:
    for host in hosts:
        host.close()
