"""What Ganeti has stored on a node: its configuration, what it knows of nodes and instances, its
daemons.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.ganeti.facts.ganeti_probe import PROGRAM
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Fact

MASTER_DAEMONS = ("ganeti-wconfd", "ganeti-luxid", "ganeti-noded", "ganeti-confd")
"""What must run on the master, as in /proc/PID/comm (daemon-util's `start-all`; rapi and mond may
be off).
"""
NODE_DAEMONS = ("ganeti-noded",)
"""What must run on every node; `gnt-node add` starts no other, the watcher starts confd later."""


@dataclass(frozen=True)
class Member:
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
    "offline".
    """

    uuid: str
    name: str
    primary: str
    state: str
    os: str
    disks: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    hvparams: Mapping[str, str] = field(default_factory=dict)
    beparams: Mapping[str, Any] = field(default_factory=dict)
    ctime: float = 0.0


@dataclass(frozen=True)
class Disk:
    """One disk. For DRBD, `minors` go with `nodes` (uuids); `volumes` are the logical volumes on
    each of them.
    """

    uuid: str
    name: str
    size_mib: int
    type: str
    nodes: tuple[str, ...] = ()
    minors: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()


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
    nodes: tuple[Member, ...]
    instances: tuple[Guest, ...]
    disks: tuple[Disk, ...]

    def node(self, name: str) -> Member | None:
        """The node with that full name."""
        return next((one for one in self.nodes if one.name == name), None)

    def node_name(self, uuid: str) -> str:
        """The full name of a node by its uuid; "" when unknown."""
        return next((one.name for one in self.nodes if one.uuid == uuid), "")

    def instance(self, name: str) -> Guest | None:
        """The instance with that full name."""
        return next((one for one in self.instances if one.name == name), None)

    def disks_of(self, guest: Guest) -> tuple[Disk, ...]:
        """The disks of an instance in their order."""
        known = {disk.uuid: disk for disk in self.disks}
        return tuple(known[uuid] for uuid in guest.disks if uuid in known)

    def minors_on(self, node: str) -> frozenset[int]:
        """The DRBD minors that belong to some disk on a node (full name)."""
        pairs = [pair for disk in self.disks for pair in zip(disk.nodes, disk.minors, strict=False)]
        return frozenset(minor for uuid, minor in pairs if self.node_name(uuid) == node)

    @property
    def volumes(self) -> frozenset[str]:
        """The names of all logical volumes that some disk uses."""
        return frozenset(name for disk in self.disks for name in disk.volumes)


@dataclass(frozen=True)
class Stored:
    """What a node holds under /var/lib/ganeti.

    `installed` is false when the node has no Ganeti. `files` are the plain files at the top, which
    make `gnt-cluster init` refuse when no cluster is there; `queue` counts those of the job queue.
    `busy` are Ganeti commands at work right now. `broken` means that config.data is there and
    cannot be read as one. `cert` is a digest of the cluster's certificate, `root_key` root's public
    RSA key (replaced by `gnt-cluster init`), `authorized` digests of the keys that may log in as
    root.
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

    @property
    def cluster_name(self) -> str:
        """The cluster that this node believes to be part of, by configuration or ssconf; "" for
        none.
        """
        if self.config is not None:
            return self.config.name
        return (self.ssconf.get("cluster_name") or ("",))[0]

    @property
    def leftovers(self) -> bool:
        """Whether files are there that make `gnt-cluster init` refuse (bootstrap.InitCluster)."""
        return bool(self.files or self.queue)

    def lacks(self, daemons: tuple[str, ...]) -> tuple[str, ...]:
        """The daemons among `daemons` that do not run; names are cut at 15 characters as in
        /proc/PID/comm.
        """
        return tuple(name for name in daemons if name[:15] not in self.daemons)


def key_digest(public_key: str) -> str:
    """The digest of a public key line as `Stored.authorized` has it."""
    blob = next((word for word in public_key.split() if word.startswith("AAAA")), "")
    return hashlib.sha256(blob.encode()).hexdigest()[:16] if blob else ""


def _config(data: Mapping[str, Any]) -> Config:
    names = ("name", "ip", "master", "netdev", "vg", "mac_prefix", "helper", "link")
    return Config(
        **{name: str(data[name] or "") for name in names},
        serial=int(data["serial"] or 0),
        netmask=int(data["netmask"] or 32),
        hypervisors=tuple(data["hypervisors"]),
        hvparams=data["hvparams"],
        templates=tuple(data["templates"]),
        drbd=data["drbd"],
        bounds=tuple(data["bounds"]),
        certified=tuple(data["certified"]),
        nodes=tuple(sorted((Member(**one) for one in data["nodes"]), key=lambda one: one.name)),
        instances=tuple(
            sorted((_guest(one) for one in data["instances"]), key=lambda one: one.name)
        ),
        disks=tuple(sorted((_disk(one) for one in data["disks"]), key=lambda one: one.uuid)),
    )


def _guest(data: Mapping[str, Any]) -> Guest:
    values = {
        **data,
        "disks": tuple(data["disks"]),
        "ips": tuple(str(ip or "") for ip in data["ips"]),
    }
    return Guest(**{**values, "os": data["os"] or "", "state": data["state"] or ""})


def _disk(data: Mapping[str, Any]) -> Disk:
    lists = {name: tuple(data[name]) for name in ("nodes", "minors", "volumes")}
    name, size, kind = data["name"] or "", int(data["size"] or 0), data["type"] or ""
    return Disk(uuid=data["uuid"], name=name, size_mib=size, type=kind, **lists)


def parse(text: str) -> Stored:
    """Read the JSON of `PROGRAM`; an empty text means that Ganeti is not installed."""
    if not text.strip():
        return Stored()
    data = json.loads(text)
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
    )


GANETI = Fact(
    name="ganeti",
    script=(
        f"command -v gnt-cluster >/dev/null || exit\npython3 - <<'GW_PROGRAM'{PROGRAM}GW_PROGRAM"
    ),
    parse=parse,
)


def cluster(answers: Answers, facts: Facts) -> Config | None:
    """The configuration on the master, when it is that of the wanted cluster."""
    config = facts.of(answers.master.short, GANETI).config
    return config if config is not None and config.name == answers.hosts.cluster_name else None
