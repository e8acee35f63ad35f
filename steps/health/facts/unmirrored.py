"""What a server whose system is mirrored needs all the same of one disk alone: swap, the boot
loader's EFI partition.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import Fact


@dataclass(frozen=True)
class Unmirrored:
    """Empty where the system itself is on no mirror of md's: then one disk carries it, or a
    controller mirrors all of them.
    """

    mirrored: bool = False
    """Whether the system is on a mirror of md's."""
    swaps: tuple[str, ...] = ()
    """The swap that is in use and on no mirror."""
    efi: tuple[str, ...] = ()
    """All EFI partitions."""


def parse(text: str) -> Unmirrored:
    """Read lines of a keyword and a device."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        keyword, _, device = line.partition(" ")
        found.setdefault(keyword, []).append(device)
    return Unmirrored(
        mirrored="mirrored" in found,
        swaps=tuple(found.get("swap", ())),
        efi=tuple(found.get("efi", ())),
    )


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
lsblk -nrpo NAME,PARTTYPE | sort -u | while read -r path type; do
  case $type in c12a7328-f81f-11d2-ba4b-00a0c93ec93b|0xef) echo "efi $path";; esac
done""",
    parse=parse,
)
"""lsblk(8), findmnt(8), /proc/swaps; the type of an EFI partition by label (UEFI specification,
5.3.3).
"""
