"""What Ganeti has stored on a node: its configuration, what it knows of nodes and instances, its
daemons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.common import grammar
from steps.common.python import LEAN
from steps.ganeti.facts.ganeti_probe import PROGRAM
from wizard.answers import Answers, Node
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

MASTER_DAEMONS = ("ganeti-wconfd", "ganeti-luxid", "ganeti-noded", "ganeti-confd")
"""What must run on the master, as in /proc/PID/comm (daemon-util's `start-all`; rapi and mond may
be off).
"""
NODE_DAEMONS = ("ganeti-noded",)
"""What must run on every node; `gnt-node add` starts no other, the watcher starts confd later."""
MASTER_ROLE_DAEMONS = ("ganeti-luxid", "ganeti-wconfd")
"""Those that run on the master and nowhere else: where they run, that node acts as the master."""


@dataclass(frozen=True)
class MemberNode:
    """One node of the cluster, as the configuration has it."""

    uuid: str
    name: str
    ip: str
    offline: bool = False
    drained: bool = False
    candidate: bool = True


@dataclass(frozen=True)
class Guest:
    """One instance of the configuration. `state` is Ganeti's admin_state: "up", "down" or
    "offline"; `active` is false once Ganeti failed to activate all of its disks, or has taken them
    down: its watcher connects none of them then, whether the instance runs or not (3.0.2,
    instance_storage.py, AssembleInstanceDisks; group.py, LUGroupVerifyDisks).
    """

    uuid: str
    name: str
    primary: str
    state: str
    os: str
    disks: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    hvparams: Mapping[str, str] = field(default_factory=dict)
    ctime: float = 0.0
    active: bool = True


@dataclass(frozen=True)
class InstanceDisk:
    """One disk. For DRBD, `minors` go with `nodes` (uuids); `volumes` are the logical volumes on
    each of them, and `groups` their volume groups, which need not be the cluster's
    (gnt-instance(8), add, `vg` and `metavg`).
    """

    uuid: str
    name: str
    size_mib: int
    type: str
    nodes: tuple[str, ...] = ()
    minors: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def copies(self) -> tuple[tuple[str, int], ...]:
        """For DRBD, the uuid of each node that holds a copy, with the minor that it has there."""
        return tuple(zip(self.nodes, self.minors, strict=False))


@dataclass(frozen=True)
class Config:
    """The parts of config.data that steps need; sizes in MiB. `certified` are uuids with a client
    certificate.
    """

    serial: int
    name: str
    ip: str
    master: str
    netdev: str
    netmask: int
    vg: str
    mac_prefix: str
    hypervisors: tuple[str, ...]
    hvparams: Mapping[str, Mapping[str, str]]
    templates: tuple[str, ...]
    helper: str
    drbd: Mapping[str, str]
    link: str
    bounds: tuple[Mapping[str, Mapping[str, int]], ...]
    certified: tuple[str, ...]
    nodes: tuple[MemberNode, ...]
    instances: tuple[Guest, ...]
    disks: tuple[InstanceDisk, ...]

    def node(self, name: str) -> MemberNode | None:
        """The node with that full name."""
        for member in self.nodes:
            if member.name == name:
                return member
        return None

    def node_name(self, uuid: str) -> str:
        """The full name of a node by its uuid; "" when unknown."""
        for member in self.nodes:
            if member.uuid == uuid:
                return member.name
        return ""

    def instance(self, name: str) -> Guest | None:
        """The instance with that full name."""
        for guest in self.instances:
            if guest.name == name:
                return guest
        return None

    def disks_of(self, guest: Guest) -> tuple[InstanceDisk, ...]:
        """The disks of an instance in their order."""
        known = {disk.uuid: disk for disk in self.disks}
        return tuple(known[uuid] for uuid in guest.disks if uuid in known)

    def minors_on(self, node: str) -> frozenset[int]:
        """The DRBD minors that belong to some disk on a node (full name)."""
        minors: set[int] = set()
        for disk in self.disks:
            for uuid, minor in disk.copies:
                if self.node_name(uuid) == node:
                    minors.add(minor)
        return frozenset(minors)

    @property
    def volumes(self) -> frozenset[str]:
        """The names of all logical volumes that some disk uses."""
        names: set[str] = set()
        for disk in self.disks:
            names.update(disk.volumes)
        return frozenset(names)


@dataclass(frozen=True)
class Stored:
    """What a node holds under /var/lib/ganeti.

    `installed` is false when the node has no Ganeti. `files` are the plain files at the top, which
    make `gnt-cluster init` refuse when no cluster is there; `queue` counts those of the job queue.
    `busy` are Ganeti commands at work right now. `broken` means that config.data is there and
    cannot be read as one. `cert` is a digest of the cluster's certificate, `root_key` root's public
    RSA key (replaced by `gnt-cluster init`), `authorized` digests of the keys that may log in as
    root. `addresses` are the node's own IPv4 addresses; empty where they were not read.
    """

    installed: bool = False
    files: tuple[str, ...] = ()
    queue: int = 0
    daemons: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    broken: bool = False
    config: Config | None = None
    ssconf: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cert: str = ""
    root_key: str = ""
    authorized: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def cluster_name(self) -> str:
        """The cluster that this node believes to be part of, by configuration or ssconf; "" for
        none.
        """
        if self.config is not None:
            return self.config.name
        names = self.ssconf.get("cluster_name", ())
        return names[0] if names else ""

    @property
    def leftovers(self) -> bool:
        """Whether files are there that make `gnt-cluster init` refuse (bootstrap.InitCluster)."""
        return bool(self.files or self.queue)

    def lacks(self, daemons: tuple[str, ...]) -> tuple[str, ...]:
        """The daemons among `daemons` that do not run."""
        # /proc/PID/comm holds 15 characters of a name, proc(5).
        return tuple(name for name in daemons if name[:15] not in self.daemons)


def key_digest(public_key: str) -> str:
    """The digest of a public key line as `Stored.authorized` has it."""
    for word in public_key.split():
        # The key itself in base64. It begins with the length of the type's name in four bytes,
        # three of them zero: "AAAA", whatever the type (RFC 4253, 6.6).
        if word.startswith("AAAA"):
            return hashlib.sha256(word.encode()).hexdigest()[:16]
    return ""


def _config(data: Mapping[str, Any]) -> Config:
    nodes = [MemberNode(**row) for row in data["nodes"]]
    instances = [_guest(row) for row in data["instances"]]
    disks = [_disk(row) for row in data["disks"]]
    return Config(
        serial=int(data["serial"] or 0),
        name=str(data["name"] or ""),
        ip=str(data["ip"] or ""),
        master=str(data["master"] or ""),
        netdev=str(data["netdev"] or ""),
        netmask=int(data["netmask"] or 32),
        vg=str(data["vg"] or ""),
        mac_prefix=str(data["mac_prefix"] or ""),
        hypervisors=tuple(data["hypervisors"]),
        hvparams=data["hvparams"],
        templates=tuple(data["templates"]),
        helper=str(data["helper"] or ""),
        drbd=data["drbd"],
        link=str(data["link"] or ""),
        bounds=tuple(data["bounds"]),
        certified=tuple(data["certified"]),
        # config.data is a JSON object by uuid, whose order says nothing: names and uuids keep
        # every plan the same from one look to the next.
        nodes=tuple(sorted(nodes, key=lambda member: member.name)),
        instances=tuple(sorted(instances, key=lambda guest: guest.name)),
        disks=tuple(sorted(disks, key=lambda disk: disk.uuid)),
    )


def _guest(data: Mapping[str, Any]) -> Guest:
    return Guest(
        uuid=grammar.uuid(data["uuid"]),
        name=data["name"],
        primary=data["primary"],
        state=data["state"] or "",
        os=data["os"] or "",
        disks=tuple(data["disks"]),
        ips=tuple(str(ip or "") for ip in data["ips"]),
        hvparams=data["hvparams"],
        ctime=data.get("ctime", 0.0),
        active=data.get("active", True),
    )


def _disk(data: Mapping[str, Any]) -> InstanceDisk:
    return InstanceDisk(
        uuid=grammar.uuid(data["uuid"]),
        name=data["name"] or "",
        size_mib=int(data["size"] or 0),
        type=data["type"] or "",
        nodes=tuple(data["nodes"]),
        minors=tuple(data["minors"]),
        volumes=tuple(data["volumes"]),
        groups=tuple(grammar.volume_group(group) for group in data.get("groups", ())),
    )


def parse(text: str) -> Stored:
    """Read the JSON of `PROGRAM`; an empty text means that Ganeti is not installed."""
    if not text.strip():
        return Stored()
    data = plain_json(text)
    return Stored(
        installed=True,
        files=tuple(data["files"]),
        queue=data["queue"],
        daemons=tuple(data["daemons"]),
        busy=tuple(data["busy"]),
        broken=data["broken"],
        config=_config(data["config"]) if data["config"] else None,
        ssconf={name: tuple(words) for name, words in data["ssconf"].items()},
        cert=data["cert"],
        root_key=data["root_key"],
        authorized=tuple(data["authorized"]),
        addresses=tuple(data.get("addresses", ())),
    )


GANETI = Fact(
    name="ganeti",
    script=(
        f"command -v gnt-cluster >/dev/null || exit\n{LEAN} - <<'GW_PROGRAM'{PROGRAM}GW_PROGRAM"
    ),
    parse=parse,
)


def existing_guests(answers: Answers, config: Config) -> list[Guest]:
    """The wanted instances that the cluster has, in the order of the answers."""
    guests = [config.instance(wanted.name) for wanted in answers.instance.wanted]
    return [guest for guest in guests if guest is not None]


def server_named(answers: Answers, full_name: str) -> Node | None:
    """The server of the answers that Ganeti knows by this full name."""
    for node in answers.nodes:
        if node.name == full_name:
            return node
    return None
