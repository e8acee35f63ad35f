"""What the hosts are made of, for the inventory screen and the first look after the login:
read-only, one exec.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from wizard.model.facts import Facts
from wizard.model.step import Fact


@dataclass(frozen=True)
class System:
    """A machine as a whole; memory in MiB."""

    hostname: str = ""
    os: str = ""
    kernel: str = ""
    cpus: int = 0
    memory_mib: int = 0
    free_mib: int = 0
    firmware: str = ""


@dataclass(frozen=True)
class Block:
    """One block device of lsblk(8); size in bytes."""

    name: str
    kind: str
    size: int
    serial: str
    model: str
    holds: str
    mount: str


@dataclass(frozen=True)
class Array:
    """One array of /proc/mdstat (md(4)): `health` is its [UU], "" when it is not running."""

    name: str
    level: str
    members: tuple[str, ...]
    health: str


@dataclass(frozen=True)
class Nic:
    """One line of `ip -br addr`."""

    name: str
    state: str
    addresses: tuple[str, ...]


def _number(text: str) -> int:
    digits = re.match(r"\d+", text.strip())
    return int(digits.group()) if digits else 0


def parse_system(text: str) -> System:
    """Lines `key=value`; memory arrives in KiB as in /proc/meminfo."""
    got = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return System(
        hostname=got.get("host", ""),
        os=got.get("os", "").strip('"'),
        kernel=got.get("kernel", ""),
        cpus=_number(got.get("cpus", "")),
        memory_mib=_number(got.get("mem", "")) // 1024,
        free_mib=_number(got.get("free", "")) // 1024,
        firmware=got.get("firmware", ""),
    )


def parse_blocks(text: str) -> tuple[Block, ...]:
    """Output of `lsblk -P -b`; a device that appears under two parents (a mirror) is listed once."""  # noqa: E501
    found: dict[str, Block] = {}
    for line in text.splitlines():
        got = dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
        if name := got.get("NAME", ""):
            words = (
                got.get(key, "").strip() for key in ("SERIAL", "MODEL", "FSTYPE", "MOUNTPOINT")
            )
            found.setdefault(
                name, Block(name, got.get("TYPE", ""), _number(got.get("SIZE", "")), *words)
            )
    return tuple(found.values())


def parse_arrays(text: str) -> tuple[Array, ...]:
    """/proc/mdstat: the array's line, and [UU] on the line after it."""
    arrays = []
    for block in re.split(r"\n(?=md)", text):
        head = re.match(
            r"(md\S*) : (?:active|inactive)\s*(?:\([^)]*\)\s*)?(raid\d+|linear)?\s*(.*)", block
        )
        if head:
            health = re.search(r"\[[U_]+\]", block)
            members = tuple(re.sub(r"\[\d+\]", "", word) for word in head[3].split())
            arrays.append(
                Array(head[1], head[2] or "inactive", members, health.group() if health else "")
            )
    return tuple(arrays)


def parse_nics(text: str) -> tuple[Nic, ...]:
    """`ip -br addr`, without the loopback."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    return tuple(
        Nic(r[0].partition("@")[0], r[1], tuple(r[2:])) for r in rows if len(r) > 1 and r[0] != "lo"
    )


def parse_versions(text: str) -> dict[str, str]:
    """`dpkg-query -W`: package and version; one that is known but not installed has no version."""
    rows = [line.split() for line in text.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 2}


_SYSTEM = """\
echo "host=$(hostname)"
. /etc/os-release; echo "os=$PRETTY_NAME"
echo "kernel=$(uname -r)"
echo "cpus=$(nproc)"
while read -r key value unit; do
  case $key in MemTotal:) echo "mem=$value";; MemAvailable:) echo "free=$value";; esac
done </proc/meminfo
if [ -d /sys/firmware/efi ]; then echo firmware=UEFI; else echo firmware=BIOS; fi"""
_PACKAGES = "mdadm lvm2 drbd-utils xen-hypervisor-common ganeti grub-pc openssh-server python3"

SYSTEM = Fact("inventory-system", _SYSTEM, parse_system)
BLOCKS = Fact(
    "inventory-disks", "lsblk -P -b -o NAME,TYPE,SIZE,SERIAL,MODEL,FSTYPE,MOUNTPOINT", parse_blocks
)
ARRAYS = Fact("inventory-arrays", "cat /proc/mdstat", parse_arrays)
NICS = Fact("inventory-network", "ip -br addr", parse_nics)
VERSIONS = Fact(
    "inventory-versions",
    f"dpkg-query -W -f '${{Package}} ${{Version}}\\n' {_PACKAGES}",
    parse_versions,
)
INVENTORY = (SYSTEM, BLOCKS, ARRAYS, NICS, VERSIONS)


def gib(size: int) -> str:
    """Bytes as GiB with one digit."""
    return f"{size / 2**30:.1f} GiB"


def _system(facts: Facts, host: str) -> Iterator[str]:
    seen = facts.of(host, SYSTEM)
    yield seen.hostname
    yield f"{seen.os}, {seen.kernel}"
    yield f"{seen.cpus} processors, {seen.firmware}"
    yield f"memory {seen.memory_mib} MiB, {seen.free_mib} MiB free"


def _disks(facts: Facts, host: str) -> Iterator[str]:
    for block in facts.of(host, BLOCKS):
        if block.kind == "disk":
            yield f"{block.name} {gib(block.size)} {block.serial} {block.model}".rstrip()
        elif block.kind == "part":
            yield f"  {block.name} {gib(block.size)} {block.holds} {block.mount}".rstrip()


def _arrays(facts: Facts, host: str) -> Iterator[str]:
    for array in facts.of(host, ARRAYS):
        yield f"{array.name} {array.level} {array.health} {' '.join(array.members)}"


def _network(facts: Facts, host: str) -> Iterator[str]:
    for nic in facts.of(host, NICS):
        yield f"{nic.name} {nic.state} {' '.join(nic.addresses)}"


def _versions(facts: Facts, host: str) -> Iterator[str]:
    for package, version in facts.of(host, VERSIONS).items():
        yield f"{package} {version}"


TOPICS: tuple[tuple[str, Callable[[Facts, str], Iterable[str]]], ...] = (
    ("System", _system),
    ("Disks", _disks),
    ("Arrays", _arrays),
    ("Network", _network),
    ("Versions", _versions),
)
"""What the inventory shows, each topic as lines of text per host."""
