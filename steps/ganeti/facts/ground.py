"""The ground that Ganeti's own preconditions stand on: names, addresses, ports, volume group, keys,
clock.

Everything that `gnt-cluster init` and `gnt-node add` would refuse later is looked at before
(lib/bootstrap.py, lib/cmdlib/node.py); the looks that may wait for an answer run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.python import LEAN
from steps.common.versions import DEBIAN, release
from wizard.answers import Answers
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

NODED_PORT = 1811
"""TCP port of the node daemon (Ganeti's security documentation)."""
DRBD_PORTS = (11000, 14999)
"""First and last TCP port that Ganeti gives to DRBD (FIRST_DRBD_PORT and LAST_DRBD_PORT in its
constants). The last one is tried: nothing listens there before thousands of disks were made.
"""

HEADERS = 28
"""Bytes of a frame's payload that are none of ping's: IPv4's header and ICMP's (ping(8), -s)."""

PROGRAM = r"""
import json, os, pwd, socket, subprocess, threading, time
wanted = WANTED

def begun(look, *args):
    # Beside the others; what comes back gives the result.
    results = []
    thread = threading.Thread(target=lambda: results.append(look(*args)))
    thread.start()

    def result():
        thread.join()
        return results[0]

    return result

def each(look, words):
    return {word: begun(look, word) for word in words}

def ended(looks):
    return {word: result() for word, result in looks.items()}

def run(*argv):
    try:
        return subprocess.run(
            argv, capture_output=True, text=True, timeout=45, stdin=subprocess.DEVNULL
        )
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

def stuck(ip):
    # The size of a whole frame where none arrives though small ones do; 0 where all is well, or
    # pings are barred and nobody can tell.
    words = run("ip", "-o", "route", "get", ip).stdout.split()
    device = words[words.index("dev") + 1] if "dev" in words[:-1] else ""
    size = read("/sys/class/net/%s/mtu" % device)

    def arrives(payload):
        whole = ("ping", "-n", "-M", "do", "-c2", "-W4", "-s", str(payload), ip)
        return run(*whole).returncode == 0

    if not size.isdigit() or int(size) > 65000 or not arrives(56):
        return 0
    return 0 if arrives(int(size) - HEADERS) else int(size)

peers = wanted["peers"].items()
names = each(resolve, wanted["names"])
ports = {name: begun(port, ip, NODED) for name, ip in peers}
drbd = {name: begun(port, ip, DRBD) for name, ip in peers}
frames = {name: begun(stuck, ip) for name, ip in peers}
pings = each(is_used, wanted["ips"])
plain = ("--noheadings", "--nosuffix", "--units", "m")
volumes = begun(run, "vgs", *plain, "-o", "vg_name,vg_size,vg_free")
own = begun(run, "ip", "-4", "-o", "addr", "show")
rows = [line.split() for line in volumes().stdout.splitlines()]
cards = [line.split() for line in own().stdout.splitlines()]
print(json.dumps({
    "time": int(time.time()), "hostname": socket.gethostname(), "names": ended(names),
    "ports": ended(ports), "drbd": ended(drbd), "frames": ended(frames),
    "answering": [ip for ip in wanted["ips"] if pings[ip]()],
    "addresses": [[words[1], *words[3].split("/")] for words in cards],
    "bridge": os.path.isdir("/sys/class/net/%s/bridge" % wanted["bridge"]),
    "vgs_read": volumes().returncode == 0,
    "vgs": {row[0]: [float(row[1]), float(row[2])] for row in rows if len(row) == 3},
    "helper": read("/sys/module/drbd/parameters/usermode_helper"),
    "host_key": os.path.isfile("/etc/ssh/ssh_host_rsa_key.pub"),
    "root_ssh": os.path.isdir("/root/.ssh"),
    "hail": os.path.isfile("/usr/lib/ganeti/iallocators/hail"),
    "users": all(map(has_user, ("gnt-masterd", "gnt-confd", "gnt-rapi", "gnt-metad"))),
    "boot": [path for path in wanted["boot"] if os.path.isfile(path)],
}, indent=1, sort_keys=True))
"""


@dataclass(frozen=True)
class Group:
    """A volume group's size and free space in MiB."""

    size_mib: float
    free_mib: float


@dataclass(frozen=True)
class Ground:
    """What a node offers to Ganeti."""

    time: int = 0
    """The node's clock, in seconds since 1970."""
    hostname: str = ""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What each name that is to be used resolves to here."""
    ports: Mapping[str, str] = field(default_factory=dict)
    """Each other node's daemon port, by the node's short name: "open", "refused" (nothing listens,
    nothing blocks) or "silent" (blocked, or no such host).
    """
    drbd: Mapping[str, str] = field(default_factory=dict)
    """The same of a port for DRBD."""
    frames: Mapping[str, int] = field(default_factory=dict)
    """Each other node, with the size of a whole frame where none gets there; 0 where one does, or
    where pings are barred.
    """
    answering: tuple[str, ...] = ()
    """Those of the addresses to be used that answer a ping, or ARP at least, since a machine may
    drop pings (ip-neighbour(8)).
    """
    addresses: tuple[tuple[str, str, str], ...] = ()
    """Device, address and prefix length."""
    bridge: bool = False
    vgs: Mapping[str, Group] = field(default_factory=dict)
    vgs_read: bool = True
    """Whether the volume groups could be read at all."""
    helper: str = ""
    """DRBD's usermode helper; "" while its module is not loaded."""
    host_key: bool = False
    root_ssh: bool = False
    hail: bool = False
    users: bool = False
    boot: tuple[str, ...] = ()
    """The guest kernel's files that are there."""

    @property
    def own(self) -> frozenset[str]:
        """The node's own IPv4 addresses."""
        return frozenset(address for _, address, _ in self.addresses)

    def device_of(self, address: str) -> str:
        """The network device that carries an address; "" when none does."""
        for device, own, _ in self.addresses:
            if own == address:
                return device
        return ""


_TAKEN_AS_IS = (
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


def parse(text: str) -> Ground:
    """Read the JSON of `PROGRAM`; an empty text means that the node could not run it: no Python."""
    if not text.strip():
        return Ground()
    data = plain_json(text)
    return Ground(
        **{name: data[name] for name in _TAKEN_AS_IS},
        names={name: tuple(addresses) for name, addresses in data["names"].items()},
        answering=tuple(data["answering"]),
        addresses=tuple(_address(*row) for row in data["addresses"]),
        drbd=data.get("drbd", {}),
        frames=data.get("frames", {}),
        vgs_read=data.get("vgs_read", True),
        vgs={name: Group(*sizes) for name, sizes in data["vgs"].items()},
        boot=tuple(data["boot"]),
    )


def _address(device: str, address: str, prefix: str = "32") -> tuple[str, str, str]:
    # `ip` leaves a prefix of 32 out: so a cluster's address looks, by Ganeti's default netmask.
    return device, address, prefix


def _guest_kernels(answers: Answers) -> list[str]:
    """The guest kernel's files on any release: which one a node has is another fact's to say."""
    paths: set[str] = set()
    for debian in DEBIAN:
        hypervisor = release(debian).hypervisor(answers.xen.hypervisor)
        paths.update((hypervisor.kernel, hypervisor.initrd))
    return sorted(paths)


def _script(answers: Answers, host: str) -> str:
    instances = answers.instance.wanted
    nodes = [node.name for node in answers.nodes]
    guests = [instance.name for instance in instances]
    guest_addresses = [str(instance.ip) for instance in instances]
    peers = {node.short: str(node.ip) for node in answers.nodes if node.short != host}
    wanted = {
        "names": [*nodes, answers.hosts.cluster_name, *guests],
        "peers": peers,
        "ips": [str(answers.hosts.cluster_ip), *guest_addresses],
        "bridge": answers.bridge.name,
        "boot": _guest_kernels(answers),
    }
    head = f"NODED, DRBD, HEADERS = {NODED_PORT}, {DRBD_PORTS[1]}, {HEADERS}\nWANTED = {wanted!r}\n"
    return (
        f"command -v python3 >/dev/null || exit\ntimeout 60 {LEAN} - "
        f"<<'GW_PROGRAM'\n{head}{PROGRAM}GW_PROGRAM"
    )


GROUND = Fact(name="ground", script=_script, parse=parse)
