"""What a cluster's config.data says, as far as answers can hold it; never one of its secrets.

The layout is Ganeti's own (`lib/objects.py`; `objects.Disk.logical_id` is for DRBD two nodes, a
port, two minors and a secret, of which only the nodes are read here). The order of its objects says
nothing, so names give one.
"""

from __future__ import annotations

from dataclasses import dataclass

from steps.recover.adopt.reader import HOST_NAME, MAC_PREFIX, MEND, OS, PLAIN, UUID, Form, Table
from wizard.base.errors import WizardError
from wizard.base.exits import Exit

DRBD = "drbd"
VERSION_PER_MAJOR = 1_000_000
VERSION_PER_MINOR = 10_000
"""Ganeti writes its version as one number (constants.BuildVersion)."""


@dataclass(frozen=True)
class Member:
    """One node; `secondary_ip` is "" where it is the primary one."""

    uuid: str
    name: str
    ip: str
    secondary_ip: str = ""
    offline: bool = False


@dataclass(frozen=True)
class Drive:
    """One disk of an instance: its size in MiB, its kind (Ganeti's dev_type), which nodes hold it
    (uuids).
    """

    name: str
    size_mib: int
    kind: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """One instance; `ip` is that of its first card with one, "" where Ganeti was told none."""

    name: str
    primary: str
    os: str = ""
    ip: str = ""
    memory_mib: int = 0
    vcpus: int = 0
    drives: tuple[Drive, ...] = ()

    @property
    def standby(self) -> str:
        """The uuid of the node that holds the other copy of its disks; "" unless there is exactly
        one.
        """
        others = {node for drive in self.drives for node in drive.nodes} - {self.primary}
        replicated = bool(self.drives) and all(drive.kind == DRBD for drive in self.drives)
        return others.pop() if replicated and len(others) == 1 else ""


@dataclass(frozen=True)
class Known:
    """A cluster as its configuration has it. `unread` are instances that could not be understood,
    each with the reason.
    """

    serial: int
    series: str
    """Of Ganeti, such as "3.0"; "" where it is not told."""
    name: str
    ip: str
    master: str
    netdev: str
    netmask: int
    link: str
    vg: str
    mac_prefix: str
    hypervisors: tuple[str, ...]
    ceiling_kib: int
    """DRBD's c-max-rate; 0 where it is not set."""
    members: tuple[Member, ...]
    machines: tuple[Machine, ...]
    unread: tuple[str, ...] = ()

    def member(self, uuid: str) -> Member | None:
        """The node with that uuid."""
        for member in self.members:
            if member.uuid == uuid:
                return member
        return None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of all disks of all instances."""
        return tuple(sorted({drive.kind for one in self.machines for drive in one.drives}))


def read(data: object) -> Known:
    """Understand the content of a config.data; raises WizardError that names the place."""
    if not isinstance(data, dict):
        raise _foreign("it holds no object")
    top = Table(data, "config.data")
    cluster = top.table("cluster")
    if cluster.number("primary_ip_family", 2) != 2:
        raise _foreign("its addresses are IPv6, which this program does not know")
    members = [_member(row) for row in top.rows("nodes")]
    if len(members) < 2:
        raise _foreign(f"a cluster of {len(members)} nodes: two at least are needed")
    drives = {row.word("uuid", UUID): row for row in top.rows("disks")}
    machines = []
    unread = []
    for row in top.rows("instances"):
        try:
            machines.append(_machine(row, cluster, drives))
        except WizardError as error:
            unread.append(error.what)
    return Known(
        serial=top.number("serial_no"),
        series=_series(top.number("version")),
        name=cluster.word("cluster_name", HOST_NAME),
        ip=cluster.address("master_ip"),
        master=cluster.word("master_node", UUID),
        netdev=cluster.word("master_netdev", PLAIN, ""),
        netmask=cluster.number("master_netmask", 32),
        link=cluster.table("nicparams").table("default").word("link", PLAIN, ""),
        vg=cluster.word("volume_group_name", PLAIN, ""),
        mac_prefix=cluster.word("mac_prefix", MAC_PREFIX, ""),
        hypervisors=cluster.words("enabled_hypervisors", PLAIN),
        ceiling_kib=cluster.table("diskparams").table(DRBD).number("c-max-rate"),
        members=tuple(sorted(members, key=lambda member: member.name)),
        machines=tuple(sorted(machines, key=lambda machine: machine.name)),
        unread=tuple(sorted(unread)),
    )


def _foreign(what: str) -> WizardError:
    return WizardError(f"config.data: {what}", mend=MEND, code=Exit.BLOCKED)


def _series(version: int) -> str:
    if not version:
        return ""
    major = version // VERSION_PER_MAJOR
    return f"{major}.{version % VERSION_PER_MAJOR // VERSION_PER_MINOR}"


def _member(row: Table) -> Member:
    ip = row.address("primary_ip")
    second = row.address("secondary_ip", "")
    return Member(
        uuid=row.word("uuid", UUID),
        name=row.word("name", HOST_NAME),
        ip=ip,
        secondary_ip="" if second == ip else second,
        offline=row.flag("offline"),
    )


def _machine(row: Table, cluster: Table, drives: dict[str, Table]) -> Machine:
    own = row.table("beparams")
    common = cluster.table("beparams").table("default")
    disks = []
    for uuid in row.words("disks", UUID):
        if uuid not in drives:
            raise row.wrong("disks", uuid, "a disk of this configuration")
        disks.append(_drive(drives[uuid]))
    # A card may have an address of IPv6, which no answer holds.
    addresses = [nic.address_if("ip") for nic in row.rows("nics")]
    return Machine(
        name=row.word("name", HOST_NAME),
        primary=row.word("primary_node", UUID),
        # Whatever its OS is called, and its disks (gnt-instance(8), add): it is an instance.
        os=row.word_if("os", OS),
        ip=next((address for address in addresses if address), ""),
        memory_mib=own.number("maxmem", common.number("maxmem")),
        vcpus=own.number("vcpus", common.number("vcpus")),
        drives=tuple(disks),
    )


_KIND = Form(PLAIN.pattern, "the kind of a disk")


def _drive(row: Table) -> Drive:
    kind = row.word("dev_type", _KIND)
    nodes = row.words("nodes", UUID)
    if kind == DRBD:
        logical = Table({"logical_id": row.list("logical_id")[:2]}, row.place)
        nodes = logical.words("logical_id", UUID)
    return Drive(
        name=row.word_if("name", PLAIN), size_mib=row.number("size"), kind=kind, nodes=nodes
    )
