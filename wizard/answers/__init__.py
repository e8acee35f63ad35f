"""The answers document: what the operator decides, as one validated value with a schema version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from wizard.answers.archives import Archive as Archive
from wizard.answers.backups import Backup as Backup
from wizard.answers.backups import BackupHost as BackupHost
from wizard.answers.building import Bridge as Bridge
from wizard.answers.building import Cluster as Cluster
from wizard.answers.building import Drbd as Drbd
from wizard.answers.building import Grub as Grub
from wizard.answers.building import Hosts as Hosts
from wizard.answers.building import Instance as Instance
from wizard.answers.building import Instances as Instances
from wizard.answers.building import Lvm as Lvm
from wizard.answers.building import NetDevice as NetDevice
from wizard.answers.building import Partition as Partition
from wizard.answers.building import Raid as Raid
from wizard.answers.building import Xen as Xen
from wizard.answers.card import Card as Card
from wizard.answers.card import Phone as Phone
from wizard.answers.guests import GuestSetup as GuestSetup
from wizard.answers.proposals import proposed
from wizard.answers.section import Section as Section
from wizard.answers.section import is_suggested
from wizard.answers.servers import Node as Node
from wizard.answers.servers import Ssh as Ssh
from wizard.answers.vault import Vault as Vault
from wizard.answers.vault import Volume as Volume
from wizard.base.names import short


def _nodes() -> list[Node]:
    return [
        Node(name="node1.name.org", ip=IPv4Address("192.168.0.111")),
        Node(name="node2.name.org", ip=IPv4Address("192.168.0.112")),
    ]


class Answers(Section):
    """The whole document. On the first node the cluster is made; a takeover makes another one its
    master (`steps/ganeti/acting.py` says which by the facts).
    """

    version: Literal[1] = 1
    nodes: list[Node] = Field(default_factory=_nodes, min_length=2, description="The servers")
    partition: Partition = Field(default_factory=Partition)
    raid: Raid = Field(default_factory=Raid)
    hosts: Hosts = Field(default_factory=Hosts)
    bridge: Bridge = Field(default_factory=Bridge)
    lvm: Lvm = Field(default_factory=Lvm)
    xen: Xen = Field(default_factory=Xen)
    grub: Grub = Field(default_factory=Grub)
    drbd: Drbd = Field(default_factory=Drbd)
    cluster: Cluster = Field(default_factory=Cluster)
    instance: Instances = Field(default_factory=Instances)
    guest: GuestSetup = Field(default_factory=GuestSetup)
    vault: Vault = Field(default_factory=Vault)
    backup: Backup = Field(default_factory=Backup)
    card: Card = Field(default_factory=Card)
    archive: Archive = Field(default_factory=Archive)

    @property
    def first(self) -> Node:
        """The node on which the cluster is made; what others are compared with until then."""
        return self.nodes[0]

    def node(self, short: str) -> Node:
        """The node with that short name; KeyError when there is none."""
        for node in self.nodes:
            if node.short == short:
                return node
        raise KeyError(short)

    @property
    def guests(self) -> list[Instance]:
        """The instances as hosts, by their short names."""
        return self.instance.wanted

    @property
    def backup_host(self) -> Node | None:
        """The backup host as a machine to log in to; None when none is named."""
        host = self.backup.host
        if not host.name:
            return None
        return Node(name=host.name, ip=IPv4Address(host.ip), ssh=host.ssh)

    @property
    def encrypted(self) -> list[Volume]:
        """The volumes that are wanted; before anything is answered, one for each instance."""
        if "volumes" not in self.vault.model_fields_set:
            return [Volume(instance=one.name) for one in self.instance.wanted]
        return [volume for volume in self.vault.volumes if volume.kind != "none"]

    def encrypted_on(self, host: str) -> Volume | None:
        """The volume that is wanted in a guest, by its short name."""
        return next((volume for volume in self.encrypted if volume.short == host), None)

    def spared(self, host: str) -> bool:
        """Whether somebody decided that a guest, by its short name, needs no encrypted volume."""
        return any(volume.short == host and volume.kind == "none" for volume in self.vault.volumes)

    @property
    def undecided(self) -> dict[str, set[str]]:
        """By section, the fields that the hosts will suggest a value for and that nobody decided
        about yet.

        Written with their defaults into a file, they would count as decided when it is read again.
        """
        found = {}
        for name in type(self).model_fields:
            section = getattr(self, name)
            if not isinstance(section, BaseModel):
                continue
            fields = type(section).model_fields
            suggested = {one for one, field in fields.items() if is_suggested(field)}
            undecided = suggested - section.model_fields_set
            if undecided:
                found[name] = undecided
        return found

    def without_consent(self) -> Answers:
        """The same without what may be overwritten: consent is for one run, not for the next disk
        of that name.
        """
        if "erase" not in self.partition.model_fields_set:
            return self
        kept = {
            name: getattr(self.partition, name)
            for name in self.partition.model_fields_set - {"erase"}
        }
        return self.model_copy(update={"partition": Partition(**kept)})

    @model_validator(mode="before")
    @classmethod
    def _proposals(cls, data: Any) -> Any:
        """Where a document names servers and nothing else, cluster and instance get names and
        addresses that fit.
        """
        try:
            nodes = [Node.model_validate(one) for one in data["nodes"]]
            named = data.get("hosts", {})
        except (TypeError, KeyError, ValueError):
            return data
        # An empty list would pass for a section without names: its own check refuses it.
        if len(nodes) < 2 or not isinstance(named, Mapping | BaseModel):
            return data
        fit = proposed(nodes)
        only = {
            "name": fit.instance,
            "ip": str(fit.instance_ip),
            "primary": nodes[1].short,
            "secondary": nodes[0].short,
        }
        hosts = {"cluster_name": fit.cluster, "cluster_ip": str(fit.cluster_ip), **dict(named)}
        return {"instance": {"wanted": [only]}, **data, "hosts": hosts}

    @property
    def archive_host(self) -> str:
        """The short name of the instance whose database is archived; "" without instances."""
        if self.archive.instance:
            return short(self.archive.instance)
        return self.instance.wanted[0].short if self.instance.wanted else ""

    @model_validator(mode="after")
    def _archived(self) -> Answers:
        wanted = self.archive.instance
        names = []
        for one in self.instance.wanted:
            names += [one.name, one.short]
        if wanted and wanted not in names:
            raise ValueError(f"archive.instance: there is no instance {wanted}")
        return self

    @model_validator(mode="after")
    def _distinct(self) -> Answers:
        self._refuse_an_address_twice()
        self._refuse_a_short_name_twice()
        self._refuse_a_host_twice()
        self._refuse_other_nodes()
        return self

    def _refuse_an_address_twice(self) -> None:
        """Each full name and each address belongs to one machine."""
        used_by: dict[str, str] = {}
        for name, address in self._addresses():
            for value in (name, address):
                if value in used_by:
                    raise ValueError(f"{value} is used twice: by {used_by[value]} and by {name}")
                used_by[value] = name
        for node in self.nodes:
            second = node.secondary_ip
            # A node's second address may be its first one.
            if second and used_by.setdefault(second, node.name) != node.name:
                raise ValueError(f"{second} is used twice: by {used_by[second]} and by {node.name}")

    def _addresses(self) -> Iterator[tuple[str, str]]:
        """The full name of everything that has one, and its address."""
        for node in self.nodes:
            yield node.name, str(node.ip)
        yield self.hosts.cluster_name, str(self.hosts.cluster_ip)
        for one in self.instance.wanted:
            yield one.name, str(one.ip)
        if self.backup.host.name:
            yield self.backup.host.name, self.backup.host.ip

    def _refuse_a_short_name_twice(self) -> None:
        nodes = [node.short for node in self.nodes]
        shared = [name for name in nodes if nodes.count(name) > 1]
        if shared:
            raise ValueError(f"two nodes share the short name {min(shared)}")
        hosts = [*nodes, *(one.short for one in self.instance.wanted)]
        for one in self.instance.wanted:
            if hosts.count(one.short) > 1:
                raise ValueError(f"{one.name}: another machine has the short name {one.short} too")
        if self.backup.host.short in hosts:
            raise ValueError(
                f"the backup host shares the short name {self.backup.host.short} with "
                "another machine"
            )

    def _refuse_a_host_twice(self) -> None:
        """Each machine that is logged in to is reached by a way of its own."""
        ways = set()
        for machine in (*self.nodes, self.backup_host):
            if machine is None:
                continue
            address = str(machine.ssh.host or machine.ip)
            way = (address, machine.ssh.port)
            if way in ways:
                raise ValueError(f"the same host twice: {address}")
            ways.add(way)

    def _refuse_other_nodes(self) -> None:
        """Each instance has two of the nodes, one for each of its copies."""
        nodes = [node.short for node in self.nodes]
        for one in self.instance.wanted:
            for node in (one.primary, one.secondary):
                if node not in nodes:
                    listed = ", ".join(nodes)
                    raise ValueError(f"{one.name}: {node} is not one of the nodes {listed}")
            if one.primary == one.secondary:
                raise ValueError(f"{one.name}: primary and standby are the same node")

    @model_validator(mode="after")
    def _in_one_network(self) -> Answers:
        """Once the prefix is decided, cluster and instances have addresses in the servers' network.

        Whether the prefix fits the servers themselves is the step's affair: it sees their cards.
        """
        if "prefix" not in self.bridge.model_fields_set:
            return self
        network = IPv4Interface((self.nodes[0].ip, self.bridge.prefix)).network
        ends = (network.network_address, network.broadcast_address)
        if any(node.ip not in network or node.ip in ends for node in self.nodes):
            return self
        named = [(self.hosts.cluster_name, self.hosts.cluster_ip)]
        named += [(one.name, one.ip) for one in self.instance.wanted]
        for name, address in named:
            if address not in network:
                raise ValueError(
                    f"{address} of {name} is not in the servers' network {network} (bridge.prefix)"
                )
            if address in ends:
                raise ValueError(
                    f"{address} of {name} is the network {network} itself, or its broadcast address"
                )
        return self

    @model_validator(mode="after")
    def _volumes(self) -> Answers:
        names = [volume.instance for volume in self.vault.volumes]
        instances = [one.name for one in self.instance.wanted]
        for name in names:
            if name not in instances:
                mend = (
                    "take that volume out of the step `vault` first (`volumes`), or keep "
                    "the instance"
                )
                raise ValueError(
                    f"an encrypted volume is wanted for {name}, which is none of the "
                    f"instances: {mend}"
                )
            if names.count(name) > 1:
                raise ValueError(f"two encrypted volumes are wanted for {name}")
        return self
