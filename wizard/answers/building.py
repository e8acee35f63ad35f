"""Answers about the build, a section a step, from the partitions to the instances (article, rows 1
to 13).
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wizard.answers.limits import LINK_NAMES, VG_NAMES, HostIp, NoneOf, ZeroOr
from wizard.answers.section import SUGGESTED, HostName, Named, Section
from wizard.base.names import short

LvmName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,126}$"),
    NoneOf(VG_NAMES, "is no name for a volume group: /dev has something else by it"),
]
NetDevice = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,12}$"),
    NoneOf(LINK_NAMES, "is no name for a bridge: the system has something else by it"),
]
"""At most 13 characters: Ganeti's master-ip-setup appends ":0" and the kernel allows 15."""
Suite = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""The name of a Debian release: debootstrap takes it as a word and as the name of its script."""


PREPARED_BY = ("partition", "raid", "lvm")
"""The steps that may overwrite a disk: once all of them are done, consent to that is used up."""


class Partition(Section):
    """Second partition on each disk (article, row 1)."""

    disks: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The two disks of each node: by WWN, or by serial where no other disk of the "
        "node shows the same, else by the kernel's name",
        json_schema_extra={"ask": "disks"},
    )
    size_gib: Annotated[float, ZeroOr(1)] = Field(
        0.0,
        ge=0,
        le=1_000_000,
        description=(
            "Size of the data partition in GiB; 0 takes all that is free on the smallest disk"
        ),
    )
    erase: list[str] = Field(
        default_factory=list,
        description=(
            "Disks that may be overwritten though they hold something, in this one run: by WWN, "
            "else serial; HOST:NAME for a disk that shows neither of its own, HOST:SERIAL where "
            "two hosts show the same one"
        ),
        json_schema_extra={"ask": "never"},
    )


class Raid(Section):
    """The data mirror (row 2)."""

    device: Annotated[str, StringConstraints(pattern=r"^/dev/md[0-9]{1,3}$")] = Field(
        "/dev/md1", description="Name of the data mirror"
    )


class Hosts(Named):
    """Names (row 3)."""

    cluster_name: HostName = Field("cluster1.name.org", description="Name of the cluster")
    cluster_ip: HostIp = Field(
        IPv4Address("192.168.0.113"), description="Address of the cluster, unused yet"
    )


class Bridge(Section):
    """The bridge that 2009's Xen made by itself (row 3)."""

    name: NetDevice = Field("xenbr0", description="Name of the bridge", json_schema_extra=SUGGESTED)
    prefix: int = Field(
        24,
        ge=8,
        le=30,
        description="Length of the network's prefix",
        json_schema_extra=SUGGESTED,
    )
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

    hypervisor: Literal["xen-pvm", "kvm"] = Field(
        "xen-pvm", description="Hypervisor of the instances"
    )


class Grub(Section):
    """Memory of dom0 (row 7)."""

    dom0_mem_mib: int = Field(
        1536,
        ge=512,
        le=65536,
        description="Memory of dom0 in MiB; the article's 256 no longer boots Debian",
    )


class Drbd(Section):
    """Replication module (row 9)."""

    minor_count: int = Field(
        128, ge=64, le=255, description="How many replicated disks the module allows"
    )


class Cluster(Section):
    """gnt-cluster init (row 11)."""

    mac_prefix: Annotated[
        str, StringConstraints(pattern=r"^[0-9a-f][02468ace](:[0-9a-f]{2}){2}$")
    ] = Field(
        "aa:00:42",
        description="First half of the instances' MAC addresses, unique on the network",
    )
    resync_kib: int = Field(
        61440, ge=512, le=4194304, description="Ceiling of DRBD's resynchronisation, KiB per second"
    )


class Instance(Named):
    """One instance (row 13)."""

    name: HostName = Field("inst1.name.org", description="Full name of the instance")
    ip: HostIp = Field(IPv4Address("192.168.0.114"), description="Its address")
    primary: str = Field(
        "node2",
        description="Node it runs on: best not the cluster's master",
        json_schema_extra={"ask": "node"},
    )
    secondary: str = Field(
        "node1", description="Node that stands by", json_schema_extra={"ask": "node"}
    )
    disk_mib: int = Field(2048, ge=1024, description="System disk in MiB")
    swap_mib: int = Field(128, ge=64, description="Swap disk in MiB")
    memory_mib: int = Field(256, ge=128, description="Memory in MiB")
    vcpus: int = Field(1, ge=1, le=32, description="Processors")
    suite: Suite = Field("bookworm", description="Debian release of the guest")

    @property
    def short(self) -> str:
        """The name's first label: the name of the guest as a host."""
        return short(self.name)


class Instances(Section):
    """All instances to be made."""

    wanted: list[Instance] = Field(
        default_factory=lambda: [Instance()],
        description="Instances",
        json_schema_extra={"ask": "list"},
    )
