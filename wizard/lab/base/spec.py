"""What a lab is made of: the specification chosen at `lab up`, kept beside the disks as JSON."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wizard.base.errors import LabError
from wizard.lab.base.layout import CABLES, Layout, is_bonded, is_tagged
from wizard.state.files import write_whole

IMAGE_VERSION = 4
"""Version of the base image's contents and of a lab built on it; raised when either changes
incompatibly.
"""

ROOT_GIB = 4
"""Size of the first data-bearing partition, the root mirror's member, in GiB."""

MIN_DISK_GIB = ROOT_GIB + 21
"""Smallest disk, in GiB: root, and 20 GiB that `gnt-cluster init` demands of a volume group, with a
margin.
"""

ROOT_PASSWORD = "lab-only"
"""Root's password on every lab machine. No secret: the machines are reachable from this host's
loopback alone.
"""

MGMT_NIC = "ens3"
"""Name that udev gives the card at PCI slot 3 of QEMU's `pc` machine (seen on Debian 12)."""

MGMT_GATEWAY, MGMT_RESOLVER = "10.0.2.2", "10.0.2.3"
"""The user network's own addresses on a management card (QEMU's defaults in 10.0.2.0/24: qemu(1),
-netdev user).
"""

Label = Literal["dos", "gpt"]

BACKUP = "backup"
"""Name of the machine that keeps backups."""
BACKUP_MEMORY_MIB = 1024
ROUTER, RESOLVER = 1, 3
"""Last octets of the lab's way out on the cluster network: its gateway and its name server."""


class NodeSpec(BaseModel):
    """One machine: its name and everything that must differ from its neighbours'."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    number: int = Field(ge=1, le=4)
    ssh_port: int = Field(ge=1024, le=65535)
    address: str
    role: Literal["node", "backup"] = "node"

    def serial(self, disk: int) -> str:
        """The serial number of a disk, as in /dev/disk/by-id/virtio-SERIAL."""
        return f"GWN{self.number}D{disk}"

    def mac(self, card: int) -> str:
        """The hardware address of a card: 1 management, 2 and 3 cluster (QEMU's own prefix,
        locally administered).
        """
        return f"52:54:00:67:{self.number:02x}:{card:02x}"

    @property
    def mgmt_address(self) -> str:
        """The address that QEMU's user network hands this machine; it is reachable from nowhere
        else.
        """
        return f"10.0.2.{10 + self.number}"


class LabSpec(BaseModel):
    """A whole lab: the cluster's nodes, and perhaps a backup host, which brings a router for the
    instances along.

    Sizes in GiB and MiB; `addresses`: the cluster card comes up with its address (a backup host's
    always does); `cards`: what the cluster machines have for it (a backup host has one plain card).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image_version: int = IMAGE_VERSION
    nodes: tuple[NodeSpec, ...] = Field(min_length=2, max_length=4)
    label: Label = "dos"
    disk_gib: int = Field(default=26, ge=MIN_DISK_GIB, le=2048)
    memory_mib: int = Field(default=4096, ge=1024)
    cpus: int = Field(default=1, ge=1, le=16)
    addresses: bool = False
    cards: Layout = "plain"
    domain: str = "name.org"

    @model_validator(mode="after")
    def _distinct(self) -> LabSpec:
        if not 2 <= len(self.cluster) <= 3:
            raise ValueError("the number of nodes is 2 or 3")
        for what in ("name", "number", "ssh_port", "address"):
            values = [getattr(node, what) for node in self.nodes]
            if len(set(values)) != len(values):
                raise ValueError(f"two nodes have the same {what}")
        if self.backup and {self.router, self.resolver} & {node.address for node in self.nodes}:
            raise ValueError(f"{self.router} and {self.resolver} belong to the lab's router")
        return self

    @property
    def cluster(self) -> tuple[NodeSpec, ...]:
        """The machines that become the cluster."""
        return tuple(node for node in self.nodes if node.role == "node")

    @property
    def backup(self) -> NodeSpec | None:
        """The backup host; None in a lab without one."""
        return next((node for node in self.nodes if node.role == BACKUP), None)

    @property
    def switched(self) -> bool:
        """Whether the cluster network needs a switch: more than two ends, or more than a card."""
        return len(self.nodes) > 2 or self.cards != "plain"

    @property
    def tagged(self) -> bool:
        """Whether the cluster network is a VLAN on the cables of the cluster's machines."""
        return is_tagged(self.cards)

    def layout(self, node: NodeSpec) -> Layout:
        """What a machine has for the cluster network."""
        return self.cards if node.role == "node" else "plain"

    def has_address(self, node: NodeSpec) -> bool:
        """Whether a machine comes up with its address; bonds and VLANs are made with it."""
        return self.addresses or self.cards != "plain" or node.role == BACKUP

    def cables(self, node: NodeSpec) -> tuple[str, ...]:
        """The names of a machine's cables to the cluster network."""
        return CABLES if is_bonded(self.layout(node)) else CABLES[:1]

    def memory(self, node: NodeSpec) -> int:
        """A machine's memory in MiB; a backup host runs no hypervisor."""
        return min(self.memory_mib, BACKUP_MEMORY_MIB) if node.role == BACKUP else self.memory_mib

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The cluster network."""
        return ipaddress.IPv4Network(f"{self.nodes[0].address}/24", strict=False)

    @property
    def router(self) -> str:
        """The instances' gateway, in a lab with a backup host."""
        return str(self.network[ROUTER])

    @property
    def resolver(self) -> str:
        """The name server on the cluster network, in a lab with a backup host."""
        return str(self.network[RESOLVER])

    def node(self, name: str) -> NodeSpec:
        """The node of that name, or of that number; raises LabError when there is none."""
        for node in self.nodes:
            if name in (node.name, str(node.number)):
                return node
        names = ", ".join(node.name for node in self.nodes)
        raise LabError(f"the lab has no node {name!r}", mend=f"name one of {names}")


def make_spec(
    *,
    nodes: int = 2,
    label: Label = "dos",
    disk_gib: int = 26,
    memory_mib: int = 4096,
    cpus: int = 1,
    addresses: bool = False,
    cards: Layout = "plain",
    name_prefix: str = "node",
    port_base: int = 2201,
    first_address: str = "192.168.0.111",
    domain: str = "name.org",
    backup: bool = False,
) -> LabSpec:
    """A specification from the few things one chooses; raises LabError naming the wrong one.

    The backup host's address follows the nodes', the cluster's and the first instance's.
    """
    try:
        first = ipaddress.IPv4Address(first_address)
        machines = tuple(
            NodeSpec(
                name=f"{name_prefix}{number}",
                number=number,
                ssh_port=port_base + number - 1,
                address=str(first + number - 1),
            )
            for number in range(1, nodes + 1)
        )
        if backup:
            port, address = port_base + nodes, str(first + nodes + 2)
            machines += (
                NodeSpec(
                    name=BACKUP, number=nodes + 1, ssh_port=port, address=address, role="backup"
                ),
            )
        return LabSpec(
            nodes=machines,
            label=label,
            disk_gib=disk_gib,
            memory_mib=memory_mib,
            cpus=cpus,
            addresses=addresses,
            cards=cards,
            domain=domain,
        )
    except ValidationError as error:
        first_error = error.errors()[0]
        field = ".".join(str(part) for part in first_error["loc"]) or "the specification"
        raise LabError(
            f"{field}: {first_error['msg']}", where="lab up", mend="choose another value"
        ) from error
    except ValueError as error:
        raise LabError(
            str(error), where="lab up", mend="give an IPv4 address such as 192.168.0.111"
        ) from error


def settings_of(spec: LabSpec) -> dict[str, Any]:
    """The arguments of `make_spec` that make this specification again."""
    first = spec.nodes[0]
    return {
        "nodes": len(spec.cluster),
        "backup": spec.backup is not None,
        "name_prefix": first.name.removesuffix("1"),
        "port_base": first.ssh_port,
        "first_address": first.address,
        **spec.model_dump(
            include={"label", "disk_gib", "memory_mib", "cpus", "addresses", "cards", "domain"}
        ),
    }


def save_spec(path: Path, spec: LabSpec) -> None:
    """Keep the specification beside the lab's disks."""
    write_whole(path, spec.model_dump_json(indent=2) + "\n")


def load_spec(path: Path) -> LabSpec | None:
    """The lab's specification, None when there is no lab; raises LabError for one of another
    version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    mend = "destroy it and build it again: ganeti-wizard lab destroy && ganeti-wizard lab up"
    try:
        spec = LabSpec.model_validate_json(text)
    except ValidationError as error:
        raise LabError(
            "the lab's description cannot be read", where=str(path), mend=mend
        ) from error
    if spec.image_version != IMAGE_VERSION:
        raise LabError(
            f"this lab was built from image version {spec.image_version}, this program "
            f"makes {IMAGE_VERSION}",
            where=str(path),
            mend=mend,
        )
    return spec
