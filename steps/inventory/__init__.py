"""What the servers are made of, for the first look after the login. Pure: facts of the topics in
lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.packages import PACKAGES
from steps.common.facts.release import SYSTEM
from steps.common.sizes import gib
from steps.disks.facts.disk import Disk, Part
from steps.disks.facts.disks import DISKS
from steps.disks.facts.md import MD, Array, Member
from steps.inventory.facts.capacity import CAPACITY
from steps.network.facts.net import NETWORK
from steps.platform.facts.boot import RUNNING
from wizard.model.facts import Facts
from wizard.model.inventory import Inventory, Topic

SHOWN = (
    "drbd-utils",
    "ganeti",
    "grub-pc",
    "lvm2",
    "mdadm",
    "openssh-server",
    "python3",
    "xen-hypervisor-common",
)
"""The packages whose versions are told."""


def _system(facts: Facts, host: str) -> Iterator[str]:
    capacity = facts.of(host, CAPACITY)
    running = facts.of(host, RUNNING)
    firmware = "UEFI" if running.efi else "BIOS"
    yield capacity.hostname
    yield f"{facts.of(host, SYSTEM).name}, {running.kernel}"
    yield f"{capacity.cpus} processors, {firmware}"
    yield f"memory {running.memory_mib} MiB, {capacity.available_mib} MiB free"


def _disks(facts: Facts, host: str) -> Iterator[str]:
    for disk in facts.of(host, DISKS):
        yield _disk(disk)
        if disk.unread:
            yield f"  could not be read whole: {disk.unread}"
        for part in disk.parts:
            yield _part(part)


def _disk(disk: Disk) -> str:
    # What stands in for a serial is the kernel's name, which is there already.
    serial = "" if disk.anonymous else disk.serial
    users = [_device(holder.path) for holder in disk.holders]
    more = (disk.content, *users, *disk.mounts, "read-only" if disk.read_only else "")
    return _words(disk.name, gib(disk.size), serial, disk.model, *more)


def _part(part: Part) -> str:
    words = _words(_device(part.path), gib(part.size), part.content, *part.mounts)
    return f"  {words}"


def _arrays(facts: Facts, host: str) -> Iterator[str]:
    for array in facts.of(host, MD).arrays:
        members = [_member(member) for member in array.members]
        level = array.level if array.active else "inactive"
        yield _words(_device(array.path), level, _health(array), *members)


def _health(array: Array) -> str:
    """As /proc/mdstat has it (md(4)): a letter a place, U where a member is up; "" when it does not
    run.
    """
    if not array.active:
        return ""
    up = {member.slot for member in array.members if "in_sync" in member.state}
    letters = ["U" if str(slot) in up else "_" for slot in range(array.raid_disks)]
    return f"[{''.join(letters)}]"


def _member(member: Member) -> str:
    """The device, marked as in /proc/mdstat: F is faulty, S a spare."""
    name = _device(member.path)
    if member.faulty:
        return f"{name}(F)"
    if "spare" in member.state:
        return f"{name}(S)"
    return name


def _network(facts: Facts, host: str) -> Iterator[str]:
    for card in facts.of(host, NETWORK).cards:
        yield _words(card.name, card.state, *card.addresses, *card.link_addresses)


def _versions(facts: Facts, host: str) -> Iterator[str]:
    packages = facts.of(host, PACKAGES)
    for name in SHOWN:
        package = packages.get(name)
        if package.version:
            yield f"{name} {package.version}"


def _device(path: str) -> str:
    return path.rpartition("/")[2]


def _words(*words: str) -> str:
    """The words in one line; an empty one leaves no gap."""
    return " ".join(word for word in words if word)


INVENTORY = Inventory(
    facts=(CAPACITY, SYSTEM, RUNNING, DISKS, MD, NETWORK, PACKAGES),
    topics=(
        Topic("System", _system),
        Topic("Disks", _disks),
        Topic("Arrays", _arrays),
        Topic("Network", _network),
        Topic("Versions", _versions),
    ),
)
