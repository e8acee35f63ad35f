"""What a server whose system is mirrored needs all the same of one disk alone: swap, the boot
loader's EFI partition.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.plain import lines_of
from wizard.model.facts import Fact


@dataclass(frozen=True)
class EfiPartition:
    """Where a loader of EFI may lie."""

    path: str
    disk: str
    entered: bool = False
    """Whether one of the firmware's entries starts from it."""


@dataclass(frozen=True)
class Unmirrored:
    """Empty where the system itself is on no mirror of md's: then one disk carries it, or a
    controller mirrors all of them.
    """

    mirrored: bool = False
    """Whether the system is on a mirror of md's."""
    swaps: tuple[str, ...] = ()
    """The swap that is in use and on no mirror."""
    efi: tuple[EfiPartition, ...] = ()
    """All EFI partitions."""


def parse(text: str) -> Unmirrored:
    """Read `mirrored`, `swap PATH` and `efi PARTITION DISK yes|no` lines; yes for an entry."""
    mirrored = False
    swaps = []
    partitions = []
    for line in lines_of(text):
        keyword, _, rest = line.partition(" ")
        if keyword == "mirrored":
            mirrored = True
        elif keyword == "swap":
            swaps.append(rest)
        elif keyword == "efi":
            path, disk, entered = rest.split(" ")
            partitions.append(EfiPartition(path, disk, entered == "yes"))
    return Unmirrored(mirrored, tuple(swaps), tuple(partitions))


UNMIRRORED = Fact(
    name="unmirrored",
    script=r"""mirrored() { lsblk -snro TYPE "$1" | grep -q '^raid'; }
mirrored "$(findmnt -nvo SOURCE /)" || exit
echo "mirrored /"
while read -r path kind rest; do
  case $path in /dev/zram*) continue;; esac
  device=$path
  case $kind in
    partition) ;;
    file) device=$(findmnt -nvo SOURCE -T "$path");;
    *) continue;;
  esac
  [ -b "$device" ] && { mirrored "$device" || echo "swap $path"; }
done </proc/swaps
[ -d /sys/firmware/efi ] || exit
entries=$(timeout 10 efibootmgr -v 2>/dev/null | tr A-F a-f)
lsblk -nrpo NAME,PKNAME,PARTTYPE,PARTUUID | sort -u | while read -r path disk type id; do
  case $type in c12a7328-f81f-11d2-ba4b-00a0c93ec93b|0xef) ;; *) continue;; esac
  entered=no
  case $entries in *"${id:-none}"*) entered=yes;; esac
  echo "efi $path $disk $entered"
done""",
    parse=parse,
)
"""lsblk(8), findmnt(8), /proc/swaps; the type of an EFI partition by label (UEFI specification,
5.3.3). An entry names its partition by the same UUID: HD(1,GPT,UUID,…) (efibootmgr(8)).
"""
