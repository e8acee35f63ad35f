"""The answers document: what the operator decides, as one validated value with a schema version."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from wizard.guest_answers import GuestSetup
from wizard.section import Section

VERSION = 1
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
Fqdn = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})+$", max_length=253)]
"""A full host name: Ganeti wants the node's hostname to be one (Ganeti installation guide, hostname issues)."""
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

    @property
    def short(self) -> str:
        """The name's first label: the name of the guest as a host."""
        return self.name.partition(".")[0]


class Instances(Section):
    """All instances to be made."""

    wanted: list[Instance] = Field(
        default_factory=lambda: [Instance()],
        description="Instances",
        json_schema_extra={"ask": "list"},
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
    guest: GuestSetup = Field(default_factory=GuestSetup)

    @property
    def guests(self) -> list[Instance]:
        """The instances as hosts, by their short names."""
        return self.instance.wanted

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

    @model_validator(mode="after")
    def _distinct(self) -> Answers:
        named: dict[str, str] = {}
        pairs = [(node.name, str(node.ip)) for node in self.nodes]
        pairs.append((self.hosts.cluster_name, str(self.hosts.cluster_ip)))
        pairs += [(one.name, str(one.ip)) for one in self.instance.wanted]
        for name, address in pairs:
            for value in (name, address):
                if value in named:
                    raise ValueError(f"{value} is used twice: by {named[value]} and by {name}")
                named[value] = name
        shorts = [node.short for node in self.nodes]
        if len(set(shorts)) != len(shorts):
            raise ValueError(f"two nodes share the short name {min(s for s in shorts if shorts.count(s) > 1)}")
        hosts = [*shorts, *(one.short for one in self.instance.wanted)]
        for one in self.instance.wanted:
            if hosts.count(one.short) > 1:
                raise ValueError(f"{one.name}: another machine has the short name {one.short} too")
        reach = [(str(n.ssh.host or n.ip), n.ssh.port) for n in self.nodes]
        if len(set(reach)) != len(reach):
            raise ValueError(f"the same host twice: {max(set(reach), key=reach.count)[0]}")
        for one in self.instance.wanted:
            for short in (one.primary, one.secondary):
                if short not in shorts:
                    raise ValueError(f"{one.name}: {short} is not one of the nodes {', '.join(shorts)}")
            if one.primary == one.secondary:
                raise ValueError(f"{one.name}: primary and standby are the same node")
        return self


def short_names(text: str) -> bool:
    """Whether a text can be a node's short name."""
    return re.fullmatch(_LABEL, text) is not None
