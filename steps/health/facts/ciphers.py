"""Encrypted volumes of a host: which are there, which are open, where they are mounted.

A locked volume is seen by its LUKS header or by its line in crypttab(5); one in a file has the line
only. Where lsblk shows a mapping apart from its device, the name tells that they are one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.model.step import Fact


@dataclass(frozen=True)
class Cipher:
    """One encrypted volume. `name` is that of its mapping ("" while it is locked and crypttab does
    not name it).
    """

    name: str
    source: str
    open: bool = False
    mounts: tuple[str, ...] = ()
    swap: bool = False


@dataclass(frozen=True)
class _Listed:
    name: str
    source: str
    swap: bool


def parse(text: str) -> tuple[Cipher, ...]:
    """Read lsblk's JSON, then after their headings the lines of crypttab, open mappings and devices
    with a header.
    """
    tree, _, rest = text.partition("== crypttab\n")
    table, _, rest = rest.partition("== mapped\n")
    mapped, _, headers = rest.partition("== luks\n")
    words = [line.split() for line in table.splitlines()]
    listed = [
        _Listed(w[0], w[1], "swap" in ",".join(w[2:]).split(",")) for w in words if len(w) > 1
    ]
    opened = {
        line.split()[0]
        for line in mapped.splitlines()
        if line.strip() and not line.startswith("No devices")
    }
    try:
        rows = json.loads(tree or "{}").get("blockdevices", [])
    except ValueError:
        rows = []
    walked = list(_walk(rows, listed, frozenset(headers.split())))
    open_names = {one.name for one in walked if one.open} | opened
    found = {one.source: one for one in walked if one.open or one.name not in open_names}
    for one in listed:
        if not any(one.name == seen.name or one.source == seen.source for seen in found.values()):
            found[one.source] = Cipher(one.name, one.source, one.name in opened, swap=one.swap)
    return tuple(found.values())


def _walk(
    rows: list[Mapping[str, Any]], listed: list[_Listed], headers: frozenset[str], parent: str = ""
) -> Iterator[Cipher]:
    for row in rows:
        path, children = row.get("path") or "", row.get("children") or []
        if row.get("type") == "crypt":
            mounts = tuple(mount for mount in row.get("mountpoints") or () if mount)
            name = path.rpartition("/")[2]
            swap = row.get("fstype") == "swap" or any(
                one.name == name and one.swap for one in listed
            )
            yield Cipher(name, parent, True, mounts, swap)
        elif (row.get("fstype") == "crypto_LUKS" or path in headers) and not any(
            one.get("type") == "crypt" for one in children
        ):
            named = next((one for one in listed if one.source == path), None)
            yield Cipher(named.name if named else "", path, swap=named.swap if named else False)
        yield from _walk(children, listed, headers, path)


CIPHERS = Fact(
    name="ciphers",
    script=r"""lsblk --json -o NAME,PATH,TYPE,FSTYPE,MOUNTPOINTS
echo '== crypttab'
sed 's/#.*//' /etc/crypttab | while read -r name source key options; do
  case $source in
    '') continue ;;
    UUID=*) source=$(readlink -f "/dev/disk/by-uuid/${source#UUID=}") ;;
    /dev/*) source=$(readlink -f "$source") ;;
  esac
  echo "$name $source $options"
done
echo '== mapped'
command -v dmsetup >/dev/null && dmsetup ls --target crypt
echo '== luks'
timeout 20 blkid -t TYPE=crypto_LUKS -o device""",
    parse=parse,
)
"""lsblk(8) (a tree only with the column NAME; it knows no content without udev), crypttab(5),
dmsetup(8), blkid(8).
"""
