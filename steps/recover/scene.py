"""One moment of a cluster, as the situations judge it: what the answers say and what was seen.

Nothing here raises for a fact that did not come: after an accident that is the usual case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from steps.ganeti.facts.ganeti import GANETI, Config, Guest, InstanceDisk, server_named
from steps.ganeti.leading import View, believed
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.copies import COPIES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.lineage import LINEAGE, Takeover
from steps.recover.facts.pulse import PULSE
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.model.facts import Fact, Facts
from wizard.model.recovery import Evidence

T = TypeVar("T")


@dataclass(frozen=True)
class Disk:
    """One replicated disk of an instance, with the DRBD minor that it has on each node."""

    guest: Guest
    number: int
    key: str
    """The name of its volumes without their ending, the same on both nodes."""
    minors: tuple[tuple[str, int], ...]
    groups: tuple[str, str]
    """The volume groups of its data and of its metadata, the same on both nodes."""

    @property
    def label(self) -> str:
        """What people call it."""
        return f"disk {self.number} of {self.guest.name}"

    def minor_on(self, node: str) -> int | None:
        """Its minor on a node, by short name."""
        return dict(self.minors).get(node)


@dataclass(frozen=True)
class Scene:
    """`now` is the time by the clock of the machine that the program runs on."""

    answers: Answers
    facts: Facts
    now: int = 0

    def read(self, host: str, fact: Fact[T]) -> T | None:
        """A fact of a host; None when it did not come or was not understood."""
        try:
            return self.facts.of(host, fact)
        except WizardError:
            return None

    def evidence(self, source: Fact[T] | str, host: str, what: str) -> Evidence:
        """One thing that was read on a host, with that host's clock."""
        pulse = self.read(host, PULSE)
        name = source if isinstance(source, str) else source.name
        return Evidence(name, host, what, pulse.now if pulse else 0)

    @property
    def nodes(self) -> list[Node]:
        """The servers of the answers."""
        return self.answers.nodes

    @cached_property
    def answering(self) -> list[str]:
        """The servers that let the wizard in, by short name."""
        return [node.short for node in self.nodes if node.short in self.facts.raw]

    @cached_property
    def configs(self) -> dict[str, Config]:
        """The copies of the wanted cluster's configuration, by short name of the node."""
        copies = {}
        for host in self.answering:
            stored = self.read(host, GANETI)
            config = stored.config if stored else None
            if config is not None and config.name == self.answers.hosts.cluster_name:
                copies[host] = config
        return copies

    @cached_property
    def leading(self) -> list[str]:
        """The nodes on which both daemons of the master's role run."""
        leading = []
        for host in self.answering:
            running = self.read(host, RUNNING)
            if running is not None and running.leads:
                leading.append(host)
        return leading

    def takeovers(self, host: str) -> list[Takeover]:
        """The notes of takeovers that lie on a host: a node has one, the backup host another."""
        lineage = self.read(host, LINEAGE)
        copies = self.read(host, COPIES)
        notes = [lineage.takeover] if lineage else []
        notes += [copies.takeover] if copies else []
        return notes

    @cached_property
    def takeover(self) -> Takeover:
        """The latest note of a takeover, wherever it lies."""
        notes = []
        for host in self.facts.hosts:
            notes += self.takeovers(host)
        return max(notes, key=lambda note: note.time, default=Takeover())

    @cached_property
    def believed(self) -> str:
        """The node whose configuration is to be believed, by short name; "" without one."""
        word = believed([self._view(host) for host in self.configs])
        return self.short(word.node) if word else ""

    def trust(self, host: str) -> tuple[bool, bool, bool, int, int]:
        """What orders the lives of the configuration; one that cannot be read comes last."""
        return self._view(host).trust

    def _view(self, host: str) -> View:
        """What a node shows of the master's role, by its configuration."""
        node = self.answers.node(host).name
        leads = host in self.leading
        config = self.configs.get(host)
        if config is None:
            return View(node, "", leads)
        lineage = self.read(host, LINEAGE)
        named = config.node_name(config.master)
        taker = self.takeover.master
        return View(
            node=node,
            named=named,
            leads=leads,
            noted=bool(taker) and self.short(taker) == self.short(named),
            bars=self._bars(config),
            serial=config.serial,
            mtime=lineage.mtime if lineage else 0,
        )

    def _bars(self, config: Config) -> bool:
        """Whether a copy has a node marked offline that another copy has for the master."""
        own = config.node_name(config.master)
        for other in self.configs.values():
            name = other.node_name(other.master)
            member = config.node(name)
            if name != own and member is not None and member.offline:
                return True
        return False

    @cached_property
    def named(self) -> list[str]:
        """Whom the nodes that answer take for the master, by short name, each once: two are two
        lives of the configuration.
        """
        names = [config.node_name(config.master) for config in self.configs.values()]
        return list(dict.fromkeys(self.short(name) for name in names))

    @property
    def config(self) -> Config | None:
        """The configuration to be believed."""
        return self.configs.get(self.believed)

    @cached_property
    def master(self) -> str:
        """The master by that configuration, by short name; "" when unknown."""
        config = self.config
        return self.short(config.node_name(config.master)) if config else ""

    @property
    def command_node(self) -> str:
        """Where Ganeti's commands are typed: the master, else where the believed copy lies."""
        return self.master or self.believed

    def short(self, full_name: str) -> str:
        """The short name of a server of that full name; "" when it is none of the answers'."""
        node = server_named(self.answers, full_name)
        return node.short if node else ""

    def primary(self, guest: Guest) -> str:
        """The node on which Ganeti has an instance, by short name."""
        return self.short(self.config.node_name(guest.primary)) if self.config else ""

    @property
    def guests(self) -> tuple[Guest, ...]:
        """The instances of the cluster."""
        return self.config.instances if self.config else ()

    @cached_property
    def disks(self) -> tuple[Disk, ...]:
        """The replicated disks of all instances."""
        config = self.config
        if config is None:
            return ()
        disks = []
        for guest in config.instances:
            for number, disk in enumerate(config.disks_of(guest)):
                if disk.minors:
                    disks.append(self._disk(config, guest, number, disk))
        return tuple(disks)

    def _disk(self, config: Config, guest: Guest, number: int, disk: InstanceDisk) -> Disk:
        minors = []
        for uuid, minor in disk.copies:
            minors.append((self.short(config.node_name(uuid)), minor))
        volume = disk.volumes[0] if disk.volumes else ""
        groups = (config.vg, config.vg)
        if len(disk.groups) == len(groups):
            groups = (disk.groups[0], disk.groups[1])
        return Disk(guest, number, volume.rpartition("_")[0], tuple(minors), groups)

    def disks_of(self, guest: Guest) -> list[Disk]:
        """The replicated disks of one instance."""
        return [disk for disk in self.disks if disk.guest.uuid == guest.uuid]

    def mirrored(self, guest: Guest) -> bool:
        """Whether Ganeti can run an instance on another node than its own: it has disks, and DRBD
        keeps each of them on two. A failover is refused of all others (Ganeti 3.0.2 and 3.1.0,
        instance_migration.py, CheckPrereq, DTS_MIRRORED).
        """
        disks = self.config.disks_of(guest) if self.config else ()
        known = bool(disks) and len(disks) == len(guest.disks)
        return known and all(disk.minors for disk in disks)

    def is_offline(self, host: str) -> bool:
        """Whether the believed configuration has a node marked offline."""
        member = self.config.node(self.answers.node(host).name) if self.config and host else None
        return member is not None and member.offline

    def lacks(self, host: str, daemons: Sequence[str]) -> list[str]:
        """Which of these daemons of Ganeti's do not run there; none where that was not read."""
        running = self.read(host, RUNNING)
        return running.lacks(daemons) if running is not None else []

    def left_on(self, host: str) -> tuple[str, ...]:
        """Ganeti's daemons that ended there and left a PID file, so that it starts them no more."""
        running = self.read(host, RUNNING)
        return running.left if running is not None else ()

    def goes_on_without(self, host: str) -> bool:
        """Whether a node is marked offline, and the cluster is led by another one."""
        return self.is_offline(host) and self.master in self.leading

    def runs_on(self, guest: Guest) -> list[str]:
        """The nodes that answer and have this instance running."""
        hosts = []
        for host in self.answering:
            hypervisor = self.read(host, HYPERVISOR)
            if hypervisor is not None and guest.name in hypervisor.running:
                hosts.append(host)
        return hosts

    def connected_to(self, node: str) -> Iterator[tuple[str, Disk]]:
        """The disks that some other node's DRBD replicates with `node` right now."""
        for disk in self.disks:
            if disk.minor_on(node) is None:
                continue
            for host, number in disk.minors:
                states = self.read(host, DRBD_STATES) if host and host != node else None
                minor = states.minor(number) if states else None
                if minor is not None and minor.peer_role not in ("", "Unknown"):
                    yield host, disk
