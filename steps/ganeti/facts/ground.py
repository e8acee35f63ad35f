"""The ground that Ganeti's own preconditions stand on: names, addresses, ports, volume group, keys,
clock.

Everything that `gnt-cluster init` and `gnt-node add` would refuse later is looked at before
(lib/bootstrap.py, lib/cmdlib/node.py); the looks that may wait for an answer run side by side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.versions import DEBIAN, Hypervisor, release
from wizard.answers import Answers
from wizard.model.step import Fact

NODED_PORT = 1811
"""TCP port of the node daemon (Ganeti's security documentation)."""
DRBD_PORTS = 11000, 14999
"""First and last TCP port that Ganeti gives to DRBD (FIRST_DRBD_PORT and LAST_DRBD_PORT in its
constants). The last one is tried: nothing listens there before thousands of disks were made.
"""

PROGRAM = r"""
import json, os, pwd, socket, subprocess, time
from concurrent.futures import ThreadPoolExecutor
wanted = WANTED

def run(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=45, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return subprocess.CompletedProcess(argv, 127, "", "")

def resolve(name):
    try:
        return sorted({entry[4][0] for entry in socket.getaddrinfo(name, None, socket.AF_INET)})
    except OSError:
        return []

def port(ip, number):
    try:
        socket.create_connection((ip, number), timeout=3).close()
        return "open"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"

def read(path):
    try:
        return open(path).read().strip()
    except OSError:
        return ""

def has_user(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False

def is_used(ip):
    if run("ping", "-n", "-c1", "-W1", ip).returncode == 0:
        return True
    run("ip", "neigh", "flush", "to", ip)
    run("ping", "-n", "-c1", "-W1", ip)
    return bool(run("ip", "neigh", "show", "to", ip, "nud", "reachable").stdout)

with ThreadPoolExecutor(16) as pool:
    names = dict(zip(wanted["names"], pool.map(resolve, wanted["names"])))
    peers = wanted["peers"].items()
    ports = {name: pool.submit(port, ip, NODED) for name, ip in peers}
    drbd = {name: pool.submit(port, ip, DRBD) for name, ip in peers}
    pings = pool.map(is_used, wanted["ips"])
    volumes = pool.submit(run, "vgs", "--noheadings", "--nosuffix", "--units", "m", "-o", "vg_name,vg_size,vg_free")
    own = pool.submit(run, "ip", "-4", "-o", "addr", "show")
    rows = [line.split() for line in volumes.result().stdout.splitlines()]
    print(json.dumps({
        "time": int(time.time()), "hostname": socket.gethostname(), "names": names,
        "ports": {name: one.result() for name, one in ports.items()},
        "drbd": {name: one.result() for name, one in drbd.items()},
        "answering": [ip for ip, alive in zip(wanted["ips"], pings) if alive],
        "addresses": [[w[1], *w[3].split("/")] for w in map(str.split, own.result().stdout.splitlines())],
        "bridge": os.path.isdir("/sys/class/net/%s/bridge" % wanted["bridge"]),
        "vgs_read": volumes.result().returncode == 0,
        "vgs": {row[0]: [float(row[1]), float(row[2])] for row in rows if len(row) == 3},
        "helper": read("/sys/module/drbd/parameters/usermode_helper"),
        "host_key": os.path.isfile("/etc/ssh/ssh_host_rsa_key.pub"), "root_ssh": os.path.isdir("/root/.ssh"),
        "hail": os.path.isfile("/usr/lib/ganeti/iallocators/hail"),
        "users": all(map(has_user, ("gnt-masterd", "gnt-confd", "gnt-rapi", "gnt-metad"))),
        "boot": [path for path in wanted["boot"] if os.path.isfile(path)],
    }, indent=1, sort_keys=True))
"""  # noqa: E501


@dataclass(frozen=True)
class Group:
    """A volume group's size and free space in MiB."""

    size_mib: float
    free_mib: float


@dataclass(frozen=True)
class Ground:
    """What a node offers to Ganeti.

    `ports` says of each other node's daemon port (by short name) "open", "refused" (nothing
    listens, nothing blocks) or "silent" (blocked or no such host); `drbd` says the same of a port
    for DRBD. `answering` are those of the addresses to be used that answer a ping, or ARP at least,
    since a machine may drop pings (ip-neighbour(8)). `vgs_read` says whether the volume groups
    could be read at all. `addresses` are device, address and prefix length. `boot` are the guest
    kernel's files found.
    """

    time: int = 0
    hostname: str = ""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)
    drbd: Mapping[str, str] = field(default_factory=dict)
    answering: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str, str], ...] = ()
    bridge: bool = False
    vgs: Mapping[str, Group] = field(default_factory=dict)
    vgs_read: bool = True
    helper: str = ""
    host_key: bool = False
    root_ssh: bool = False
    hail: bool = False
    users: bool = False
    boot: tuple[str, ...] = ()

    @property
    def own(self) -> frozenset[str]:
        """The node's own IPv4 addresses."""
        return frozenset(address for _, address, _ in self.addresses)

    def device_of(self, address: str) -> str:
        """The network device that carries an address; "" when none does."""
        return next((device for device, own, _ in self.addresses if own == address), "")


def parse(text: str) -> Ground:
    """Read the JSON of `PROGRAM`; an empty text means that the node could not run it (no Python)."""  # noqa: E501
    if not text.strip():
        return Ground()
    data = json.loads(text)
    flags = (
        "time",
        "hostname",
        "bridge",
        "helper",
        "host_key",
        "root_ssh",
        "hail",
        "users",
        "ports",
    )
    return Ground(
        **{name: data[name] for name in flags},
        names={name: tuple(found) for name, found in data["names"].items()},
        answering=tuple(data["answering"]),
        addresses=tuple(
            (row[0], row[1], row[2] if len(row) > 2 else "32") for row in data["addresses"]
        ),
        drbd=data.get("drbd", {}),
        vgs_read=data.get("vgs_read", True),
        vgs={name: Group(*sizes) for name, sizes in data["vgs"].items()},
        boot=tuple(data["boot"]),
    )


def _hypervisors(answers: Answers) -> list[Hypervisor]:
    return [release(debian).hypervisor(answers.xen.hypervisor) for debian in DEBIAN]


def _script(answers: Answers, host: str) -> str:
    instances = answers.instance.wanted
    wanted = {
        "names": [node.name for node in answers.nodes]
        + [answers.hosts.cluster_name]
        + [one.name for one in instances],
        "peers": {node.short: str(node.ip) for node in answers.nodes if node.short != host},
        "ips": [str(answers.hosts.cluster_ip)] + [str(one.ip) for one in instances],
        "bridge": answers.bridge.name,
        "boot": sorted(
            {path for one in _hypervisors(answers) for path in (one.kernel, one.initrd)}
        ),
    }
    head = f"NODED, DRBD = {NODED_PORT}, {DRBD_PORTS[1]}\nWANTED = {wanted!r}\n"
    return (
        "command -v python3 >/dev/null || exit\ntimeout 60 python3 - "
        f"<<'GW_PROGRAM'\n{head}{PROGRAM}GW_PROGRAM"
    )


GROUND = Fact(name="ground", script=_script, parse=parse)
