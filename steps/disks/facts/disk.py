"""A disk as a value: table, partitions, free room, signatures, and what stands on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from steps.common.sizes import MIB

DOS_LIMIT = 1 << 32
"""Sectors that a DOS label can address."""

RAID_TYPES = {"dos": "fd", "gpt": "A19D880F-05FC-4D3B-A006-743F0F84911E"}
"""Partition type "Linux RAID" by label, as sfdisk(8) writes it."""
_MEMBER_TYPES = (
    *RAID_TYPES.values(),
    *("83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4"),
    *("8E", "E6D6D379-F507-44C2-A23C-238F2A3DF928"),
    "DA",
)
"""What else bears members of arrays: plain Linux, LVM, and "no file system", which keeps old
kernels' own assembly away (raid.wiki.kernel.org, Partition Types). The kernel and mdadm look at
superblocks, not at types.
"""


_ESP_TYPES = ("EF", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B")
"""Types of an EFI system partition by label (UEFI specification, 5.3.3)."""
_BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
"""Type of the room for GRUB's core on a GPT disk that BIOS starts (GRUB manual, BIOS
installation).
"""
_NETWORKED = ("iscsi", "fc", "fcoe")
"""Transports by lsblk(8) over which another server may reach the very same disk."""
_SHARED = ("sas", "nvme")
"""Transports over which two servers may reach one disk, too: an enclosure for dual-ported disks
(openzfs issue 3577), NVMe over fabrics.
"""
_NAMESPACE = re.compile(r"(/dev/nvme\d+)n\d+")
"""/dev/nvmeXnY is the namespace Y of the subsystem X (nvme-cli issue 510)."""
_TWO_ACTUATORS = re.compile(r"0x[56](000c50|000cca)[0-9a-f]+")
"""WWNs of Seagate and Western Digital, whose SAS drives with two actuators show each as a logical
unit of its own, with a WWN of its own (linux-scsi, March 2018, "Seagate split actuator"). Volumes
of a controller, which may be units of one target too, bear that one's.
"""
_VIRTUAL = ("VMware", "QEMU", "nvme_card", "MSFT NVMe")
"""Models of controllers that a hypervisor makes up: each of their namespaces is a disk of its own
(Google's is nvme_card, Azure's MSFT NVMe Accelerator), and its name is made of whatever serial it
was given.
"""


@dataclass(frozen=True)
class Holder:
    """Something that stands on a disk or partition: an array, its partition, a volume, an opened
    cipher.
    """

    path: str
    kind: str
    mounts: tuple[str, ...] = ()


def is_of_system(mount: str) -> bool:
    """Whether the running system, or its next boot, needs what is mounted there; swap counts.

    lsblk(8) writes active swap as [SWAP]. The EFI system partition is on one of these places
    (systemd-gpt-auto-generator(8)).
    """
    needed = ("/", "[SWAP]", "/boot", "/efi", "/usr", "/var")
    return mount in needed or mount.startswith("/boot/")


def mounts_on(holders: Iterable[Holder]) -> tuple[str, ...]:
    """Every mount point of what stands on a disk or partition."""
    return tuple(mount for holder in holders for mount in holder.mounts)


@dataclass(frozen=True)
class Part:
    """One partition. `start` and `size` in bytes; `seen` is whether the kernel knows it yet.

    `content` is the signature in it ("" when none), `type` the partition type as sfdisk prints it.
    """

    path: str
    number: int
    start: int
    size: int
    type: str
    uuid: str = ""
    seen: bool = True
    content: str = ""
    mounts: tuple[str, ...] = ()
    holders: tuple[Holder, ...] = ()

    @property
    def is_raid(self) -> bool:
        """Whether its type says Linux RAID."""
        # sfdisk prints a GPT type in capitals and a DOS type in small letters.
        return self.type.upper() in {kind.upper() for kind in RAID_TYPES.values()}

    @property
    def is_efi(self) -> bool:
        """Whether its type says that EFI looks for a loader in it."""
        return self.type.upper() in _ESP_TYPES

    @property
    def may_be_member(self) -> bool:
        """Whether its type leaves room for a member of an array that exists."""
        return self.type.upper() in {kind.upper() for kind in _MEMBER_TYPES}

    @property
    def in_use(self) -> bool:
        """Whether anything is mounted on it or built on it."""
        return bool(self.mounts or self.holders)

    @property
    def is_system(self) -> bool:
        """Whether it carries the running system, through whatever is built on it."""
        return any(is_of_system(mount) for mount in (*self.mounts, *mounts_on(self.holders)))


@dataclass(frozen=True)
class Disk:
    """One disk. `label` is dos, gpt or "" (no partition table), `content` a signature on the whole
    disk.

    `id` names it in the answers: its WWN, else its serial, either only where no other disk of the
    host shows the same, else the kernel's name. `serial` is what is printed on it, as far as it is
    known. `notes` are sfdisk's complaints about the table, `unread` what could not be looked at (""
    when all was); `first` and `end` bound the usable room, in bytes.
    """

    path: str
    serial: str
    model: str
    size: int
    sector: int
    id: str
    wwn: str = ""
    label: str = ""
    label_id: str = ""
    content: str = ""
    read_only: bool = False
    removable: bool = False
    notes: str = ""
    unread: str = ""
    first: int = MIB
    end: int = 0
    parts: tuple[Part, ...] = ()
    mounts: tuple[str, ...] = ()
    holders: tuple[Holder, ...] = ()
    transport: str = field(default="", repr=False)
    """How it is attached (lsblk(8), TRAN)."""
    zoned: bool = field(default=False, repr=False)
    """Whether the host must write each of its zones in order (lsblk(8), ZONED: host-managed)."""
    address: str = field(default="", repr=False)
    """Its SCSI address, HOST:CHANNEL:TARGET:UNIT (lsblk(8), HCTL)."""

    @property
    def barred(self) -> str:
        """Why no partition of ours can be on it, whatever is there now; "" when one can.

        The kernel reads no partition table of a host-managed disk (block/partitions/core.c,
        "ignoring partition table on host managed zoned block device").
        """
        if self.read_only:
            return "it is read-only"
        if self.zoned:
            return "it is zoned (SMR, host-managed), and Linux takes no partitions there"
        return ""

    @property
    def is_networked(self) -> bool:
        """Whether it is in no server: another one may reach it, too."""
        return self.transport in _NETWORKED

    @property
    def may_be_shared(self) -> bool:
        """Whether it may be cabled to another server as well."""
        return self.transport in _SHARED and not self._is_virtual

    @property
    def _is_virtual(self) -> bool:
        return any(word in self.model for word in _VIRTUAL)

    @property
    def drive(self) -> str:
        """The drive of which it is a part, beside others perhaps: as a namespace of NVMe
        (gardenlinux issue 883), or as one of two actuators; "" for every other disk.
        """
        namespace = _NAMESPACE.fullmatch(self.path)
        if namespace is not None and not self._is_virtual:
            return namespace[1]
        if self.transport == "sas" and _TWO_ACTUATORS.fullmatch(self.wwn.lower()):
            target, _, _ = self.address.rpartition(":")
            return target
        return ""

    @property
    def name(self) -> str:
        """The kernel's name for it."""
        return self.path.rpartition("/")[2]

    @property
    def anonymous(self) -> bool:
        """Whether nothing that it shows is its own: `id` is then the kernel's name, which may
        change at a boot.
        """
        return self.id == self.name

    @property
    def all_mounts(self) -> tuple[str, ...]:
        """Every mount point of anything that stands on this disk."""
        mounts = [*self.mounts, *mounts_on(self.holders)]
        for part in self.parts:
            mounts += part.mounts
            mounts += mounts_on(part.holders)
        return tuple(dict.fromkeys(mounts))

    @property
    def is_system(self) -> bool:
        """Whether the running system's root stands on it."""
        return "/" in self.all_mounts

    @property
    def has_loader(self) -> bool:
        """Whether the machine may start from it: an EFI partition, room for GRUB, or a DOS label
        that carries the system, whose first sector starts it.
        """
        places = any(part.is_efi or part.type.upper() == _BIOS_BOOT for part in self.parts)
        return places or (self.label == "dos" and self.is_system)

    @property
    def is_member(self) -> bool:
        """Whether it is in an array, or in another device, as a whole. A partition table that it
        shows is that one's.
        """
        return bool(self.holders) or self.content.endswith("_raid_member")

    @property
    def is_blank(self) -> bool:
        """Whether it was read whole and nothing is on it: no table, no signature, no user."""
        return not (
            self.unread or self.label or self.content or self.parts or self.mounts or self.holders
        )

    @property
    def is_empty_table(self) -> bool:
        """Whether there is a whole partition table that can be added to, and nothing else."""
        whole = self.label in RAID_TYPES and not self.broken_table
        return whole and not self.parts and not self.content

    @property
    def moved_end(self) -> bool:
        """Whether the disk grew after its GPT was written: the backup header is not at its end."""
        return "not on the end of the device" in self.notes

    @property
    def broken_table(self) -> bool:
        """Whether sfdisk found one of the two GPT copies damaged."""
        return "corrupt" in self.notes

    @property
    def overlong(self) -> str:
        """The first partition that ends behind the disk's end, as with a host protected area or the
        table of a larger disk: the kernel has it shorter, or not at all. "" for none.
        """
        for part in self.parts:
            if part.start + part.size > self.size:
                return part.path
        return ""

    @property
    def next_number(self) -> int:
        """The partition number that `sfdisk --append` takes: the lowest unused; 0 when a DOS label
        is full.
        """
        most = 4 if self.label == "dos" else 128
        used = {part.number for part in self.parts}
        return next((number for number in range(1, most + 1) if number not in used), 0)

    def part_path(self, number: int) -> str:
        """The device name of a partition: vda2, but nvme0n1p2."""
        separator = "p" if self.path[-1].isdigit() else ""
        return f"{self.path}{separator}{number}"

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Free room between partitions as (start, size) in bytes, aligned inwards to whole MiB."""
        taken = [(part.start, part.size) for part in self.parts]
        return tuple(_gaps(self.first, self.end, taken))

    @property
    def largest_gap(self) -> tuple[int, int]:
        """The largest free room (the first of equals); (0, 0) when there is none or no slot for a
        partition.
        """
        if not self.next_number:
            return (0, 0)
        return max(self.gaps, key=lambda gap: (gap[1], -gap[0]), default=(0, 0))


def _gaps(first: int, end: int, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    # sfdisk, too, leaves the first MiB alone: a boot loader may lie there.
    free_from = max(first, MIB)
    for start, size in [*sorted(taken), (end, 0)]:
        low = -(-free_from // MIB) * MIB
        high = start // MIB * MIB
        if high > low:
            yield low, high - low
        # A DOS label's logical partitions lie within the extended one.
        free_from = max(free_from, start + size)
