"""What names a disk in the answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from steps.disks.facts.disk import Disk


def identified(disks: Sequence[Disk]) -> Iterator[Disk]:
    """Each disk with its id: USB bridges, some SSDs and some virtual disks show one serial or one
    WWN for all. What one disk shows as its serial and another one as its WWN names neither.
    """
    shown: Counter[str] = Counter()
    for disk in disks:
        shown.update({disk.wwn, disk.serial, disk.name})
    for disk in disks:
        if disk.wwn and shown[disk.wwn] == 1:
            yield replace(disk, id=disk.wwn)
        elif shown[disk.serial] == 1:
            yield replace(disk, id=disk.serial)
        else:
            yield disk


def named_by(wwn: str) -> str:
    """A WWN as lsblk has it; "" for one that names nothing: 0x0000000000000000, eui.00000000,
    uuid.00000000-0000-… (blivet issue 1221), 0xffffffffffffffff.
    """
    _, _, digits = wwn.rpartition(".")
    digits = digits.removeprefix("0x").replace("-", "").lower()
    return "" if set(digits) <= {"0"} or set(digits) == {"f"} else wwn


def printed(serial: str) -> str:
    """A serial as lsblk has it; "" for one of zeros alone, as USB enclosures show it for each of
    their disks (openmediavault issue 1051).
    """
    return serial if serial.strip("0 ") else ""


def as_lsblk_prints(text: str) -> str:
    """A WWN or serial as lsblk prints it outside JSON with LC_ALL=C: bytes beyond ASCII as \\xHH,
    and a backslash that would read as such (util-linux, lib/mbsalign.c; seen with findmnt 2.38).
    """
    safe = re.sub(r"\\(?=x)", r"\\x5c", text)
    return "".join(map(_printed, safe))


def _printed(character: str) -> str:
    if character.isascii():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
