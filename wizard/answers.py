"""The answers document: what the operator decides, as one validated value with a schema version."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from wizard.proposals import proposed
from wizard.section import LABEL
from wizard.section import Fqdn as Fqdn
from wizard.section import Section as Section
from wizard.vault_answers import Vault as Vault
from wizard.vault_answers import Volume as Volume

VERSION = 1
LvmName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,126}$")]
NetDevice = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,13}$")]
"""At most 13 characters: Ganeti's master-ip-setup appends ":0" and the kernel allows 15."""


class Ssh(Section):
    """How to reach a node."""

    host: str = Field("", description="Address or name for ssh; empty means the node's own address")
    port: int = Field(22, ge=1, le=65535, description="ssh port")
    user: str = Field("root", description="Login name: root, or one who may run sudo -n")
    key: str = Field("", description="Private key file; empty means the wizard's own key, then the agent")
    local: bool = Field(False, description="The wizard runs on this node itself")


class Node(Section):
    """One server of the cluster."""

    name: Fqdn = Field(description="Full host name")
    ip: IPv4Address = Field(description="Address on the cluster network")
    ssh: Ssh = Field(default_factory=Ssh)

    @property
    def short(self) -> str:
        """The name's first label: the key for this node wherever answers are per node, and the host's name."""
        return self.name.partition(".")[0]


class Partition(Section):
    """Second partition on each disk (article, row 1)."""

    disks: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The two disks of each node, by serial",
        json_schema_extra={"ask": "disks"},
    )
    size_gib: float = Field(
        0.0,
        ge=0,
        description="Size of the data partition in GiB; 0 takes all that is free on the smallest disk",
    )
    erase: list[str] = Field(
        default_factory=list,
        description="Serials of disks in use that may be overwritten all the same",
        json_schema_extra={"ask": "never"},
    )


class Raid(Section):
    """The data mirror (row 2)."""

    device: Annotated[str, StringConstraints(pattern=r"^/dev/md[0-9]{1,3}$")] = Field(
        "/dev/md1", description="Name of the data mirror"
    )


class Hosts(Section):
    """Names (row 3)."""

    cluster_name: Fqdn = Field("cluster1.name.org", description="Name of the cluster")
    cluster_ip: IPv4Address = Field(IPv4Address("192.168.0.113"), description="Address of the cluster, unused yet")


class Bridge(Section):
    """The bridge that 2009's Xen made by itself (row 3)."""

    name: NetDevice = Field("xenbr0", description="Name of the bridge")
    prefix: int = Field(24, ge=8, le=30, description="Length of the network's prefix")
    device: dict[str, str] = Field(
        default_factory=dict,
        description="Network card under the bridge on each node",
        json_schema_extra={"ask": "choice"},
    )


class Lvm(Section):
    """Volume group (row 4)."""

    vg: LvmName = Field("xenvg", description="Name of the volume group, the same on all nodes")


class Xen(Section):
    """Packages and hypervisor (rows 5 and 6)."""

    hypervisor: Literal["xen-pvm", "kvm"] = Field("xen-pvm", description="Hypervisor of the instances")


class Grub(Section):
    """Memory of dom0 (row 7)."""

    dom0_mem_mib: int = Field(
        1536, ge=512, le=65536, description="Memory of dom0 in MiB; the article's 256 no longer boots Debian"
    )


class Drbd(Section):
    """Replication module (row 9)."""

    minor_count: int = Field(128, ge=64, le=255, description="How many replicated disks the module allows")


class Cluster(Section):
    """gnt-cluster init (row 11)."""

    mac_prefix: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){2}$")] = Field(
        "aa:00:42", description="First half of the instances' MAC addresses, unique on the network"
    )
    resync_kib: int = Field(
        61440, ge=512, le=4194304, description="Ceiling of DRBD's resynchronisation, KiB per second"
    )


class Instance(Section):
    """One instance (row 13)."""

    name: Fqdn = Field("inst1.name.org", description="Full name of the instance")
    ip: IPv4Address = Field(IPv4Address("192.168.0.114"), description="Its address")
    primary: str = Field(
        "node2",
        description="Node it runs on: best not the cluster's master",
        json_schema_extra={"ask": "node"},
    )
    secondary: str = Field("node1", description="Node that stands by", json_schema_extra={"ask": "node"})
    disk_mib: int = Field(2048, ge=1024, description="System disk in MiB")
    swap_mib: int = Field(128, ge=64, description="Swap disk in MiB")
    memory_mib: int = Field(256, ge=128, description="Memory in MiB")
    vcpus: int = Field(1, ge=1, le=32, description="Processors")
    suite: str = Field("bookworm", description="Debian release of the guest")


class Instances(Section):
    """All instances to be made."""

    wanted: list[Instance] = Field(
        default_factory=lambda: [Instance()],
        description="Instances",
        json_schema_extra={"ask": "list"},
    )


class BackupHost(Section):
    """The machine that keeps the backups; no name means that there is none."""

    name: Annotated[str, StringConstraints(pattern=rf"^({LABEL}(\.{LABEL})+)?$", max_length=253)] = Field(
        "", description="Full name of the backup host, in another place than the servers"
    )
    ip: Annotated[str, StringConstraints(pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3})?$")] = Field(
        "", description="Its address, as the instances and the servers reach it"
    )
    ssh: Ssh = Field(default_factory=Ssh, json_schema_extra={"ask": "never"})

    @property
    def short(self) -> str:
        """The name's first label: its name as a host of the build; "" when there is none."""
        return self.name.partition(".")[0]

    @model_validator(mode="after")
    def _whole(self) -> BackupHost:
        if bool(self.name) != bool(self.ip):
            raise ValueError("a backup host needs both a name and an address")
        if self.ip:
            IPv4Address(self.ip)
        return self


Folder = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]*[A-Za-z0-9._-]$", max_length=200)]
"""An absolute path without blanks: it stands in settings that a shell reads."""


class Backup(Section):
    """Backups of the instances (row 17)."""

    kind: Literal["none", "simple", "central"] = Field(
        "simple", description="simple: restic over sftp; central: Bacula; none: somebody else sees to it"
    )
    host: BackupHost = Field(default_factory=BackupHost)
    path: Folder = Field("/srv/backup", description="Folder on the backup host for repositories or volumes")
    encrypted_place: bool = Field(
        False, description="Refuse to begin unless that folder lies on an encrypted disk (dm-crypt)"
    )
    director: Literal["install", "print"] = Field(
        "install",
        description="central: install Director and Storage there, or write their resources for a Director you have",
    )
    at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = Field(
        "02:30", description="Time of day of the backup, on the instance's clock"
    )
    folders: list[Folder] = Field(
        default_factory=lambda: ["/etc", "/root", "/home", "/var/secure"],
        min_length=1,
        description="Folders of the instance to back up; those that it lacks are left out",
    )
    database: bool = Field(True, description="Dump MariaDB or MySQL before each backup, where it is installed")
    work: Folder = Field(
        "/var/lib/bacula", description="Folder of the instance for the dump and restore tests; best an encrypted one"
    )
    password_file: Folder = Field(
        "/etc/ganeti-wizard/backup.password",
        description="simple: where the instance keeps the repository's password; on the locked volume, no backup runs",
    )
    keep_daily: int = Field(7, ge=1, le=366, description="Daily backups kept")
    keep_weekly: int = Field(5, ge=0, le=520, description="Weekly backups kept")
    keep_monthly: int = Field(12, ge=0, le=240, description="Monthly backups kept")


class Phone(Section):
    """Somebody to call."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] = Field(
        description="Who it is"
    )
    number: Annotated[str, StringConstraints(pattern=r"^[0-9+() /.\-]{3,30}$")] = Field(description="Telephone number")


class Card(Section):
    """The card on the wall."""

    phones: list[Phone] = Field(
        default_factory=list, max_length=12, description="Whom to call", json_schema_extra={"ask": "list"}
    )


def _nodes() -> list[Node]:
    return [
        Node(name="node1.name.org", ip=IPv4Address("192.168.0.111")),
        Node(name="node2.name.org", ip=IPv4Address("192.168.0.112")),
    ]


class Answers(Section):
    """The whole document. The first node becomes the cluster's master."""

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
    vault: Vault = Field(default_factory=Vault)
    backup: Backup = Field(default_factory=Backup)
    card: Card = Field(default_factory=Card)

    @property
    def master(self) -> Node:
        """The node that initialises and owns the cluster."""
        return self.nodes[0]

    def node(self, short: str) -> Node:
        """The node with that short name; KeyError when there is none."""
        for node in self.nodes:
            if node.short == short:
                return node
        raise KeyError(short)

    @property
    def backup_host(self) -> Node | None:
        """The backup host as a machine to log in to; None when none is named."""
        host = self.backup.host
        return Node(name=host.name, ip=IPv4Address(host.ip), ssh=host.ssh) if host.name else None

    @property
    def encrypted(self) -> list[Volume]:
        """The volumes that are wanted; before anything is answered, one for each instance."""
        if "volumes" not in self.vault.model_fields_set:
            return [Volume(instance=one.name) for one in self.instance.wanted]
        return [volume for volume in self.vault.volumes if volume.kind != "none"]

    @model_validator(mode="before")
    @classmethod
    def _proposals(cls, data: Any) -> Any:
        """Where a document names servers and nothing else, cluster and instance get names and addresses that fit."""
        try:
            nodes = [Node.model_validate(one) for one in data["nodes"]]
            hosts = dict(data.get("hosts", {}))
        except (TypeError, KeyError, ValueError):
            return data
        if len(nodes) < 2:
            return data
        fit = proposed(nodes)
        only = {"name": fit.instance, "ip": fit.instance_ip, "primary": nodes[1].short, "secondary": nodes[0].short}
        hosts = {"cluster_name": fit.cluster, "cluster_ip": fit.cluster_ip, **hosts}
        return {"instance": {"wanted": [only]}, **data, "hosts": hosts}

    @model_validator(mode="after")
    def _distinct(self) -> Answers:
        named: dict[str, str] = {}
        pairs = [(node.name, str(node.ip)) for node in self.nodes]
        pairs.append((self.hosts.cluster_name, str(self.hosts.cluster_ip)))
        pairs += [(one.name, str(one.ip)) for one in self.instance.wanted]
        pairs += [(self.backup.host.name, self.backup.host.ip)] if self.backup.host.name else []
        for name, address in pairs:
            for value in (name, address):
                if value in named:
                    raise ValueError(f"{value} is used twice: by {named[value]} and by {name}")
                named[value] = name
        shorts = [node.short for node in self.nodes]
        if len(set(shorts)) != len(shorts):
            raise ValueError(f"two nodes share the short name {min(s for s in shorts if shorts.count(s) > 1)}")
        others = [*shorts, *(one.name.partition(".")[0] for one in self.instance.wanted)]
        if self.backup.host.short in others:
            raise ValueError(f"the backup host shares the short name {self.backup.host.short} with another machine")
        reach = [(str(n.ssh.host or n.ip), n.ssh.port) for n in (*self.nodes, self.backup_host) if n is not None]
        if len(set(reach)) != len(reach):
            raise ValueError(f"the same host twice: {max(set(reach), key=reach.count)[0]}")
        for one in self.instance.wanted:
            for short in (one.primary, one.secondary):
                if short not in shorts:
                    raise ValueError(f"{one.name}: {short} is not one of the nodes {', '.join(shorts)}")
            if one.primary == one.secondary:
                raise ValueError(f"{one.name}: primary and standby are the same node")
        return self

    @model_validator(mode="after")
    def _volumes(self) -> Answers:
        names = [volume.instance for volume in self.vault.volumes]
        for name in names:
            if name not in [one.name for one in self.instance.wanted]:
                raise ValueError(f"an encrypted volume is wanted for {name}, which is none of the instances")
            if names.count(name) > 1:
                raise ValueError(f"two encrypted volumes are wanted for {name}")
        return self


def short_names(text: str) -> bool:
    """Whether a text can be a node's short name."""
    return re.fullmatch(LABEL, text) is not None
