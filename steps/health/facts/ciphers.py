"""Encrypted volumes of a host: which are there, which are open, where they are mounted.

A locked volume is seen by its LUKS header or by its line in crypttab(5); one in a file has the line
only. Where lsblk shows a mapping apart from its device, the name tells that they are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.base.plain import plain_json
from wizard.model.facts import Fact


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
    """One line of crypttab."""

    name: str
    source: str
    swap: bool


@dataclass(frozen=True)
class _Known:
    """What is known apart from lsblk: crypttab's lines, and devices that bear a LUKS header."""

    listed: tuple[_Listed, ...]
    headers: frozenset[str]

    def by_source(self, path: str) -> _Listed | None:
        for line in self.listed:
            if line.source == path:
                return line
        return None

    def is_swap(self, name: str) -> bool:
        return any(line.name == name and line.swap for line in self.listed)


def parse(text: str) -> tuple[Cipher, ...]:
    """Read lsblk's JSON, then after their headings the lines of crypttab, open mappings and devices
    with a header.
    """
    tree, _, rest = text.partition("== crypttab\n")
    table, _, rest = rest.partition("== mapped\n")
    mapped, _, headers = rest.partition("== luks\n")
    known = _Known(tuple(_listed(table)), frozenset(headers.split()))
    ciphers = list(_walk(_devices(tree), known))
    mappings = set(_mappings(mapped))
    open_names = mappings | {cipher.name for cipher in ciphers if cipher.open}
    # lsblk may show an open mapping apart from its device: the locked twin is the same volume.
    found = {
        cipher.source: cipher for cipher in ciphers if cipher.open or cipher.name not in open_names
    }
    for line in known.listed:
        seen = [cipher for cipher in found.values() if _same(line, cipher)]
        if not seen:
            found[line.source] = Cipher(
                line.name, line.source, open=line.name in mappings, swap=line.swap
            )
    return tuple(found.values())


def _same(line: _Listed, cipher: Cipher) -> bool:
    return line.name == cipher.name or line.source == cipher.source


def _listed(table: str) -> Iterator[_Listed]:
    for line in table.splitlines():
        words = line.split()
        if len(words) > 1:
            options = ",".join(words[2:]).split(",")
            yield _Listed(words[0], words[1], "swap" in options)


def _mappings(mapped: str) -> Iterator[str]:
    for line in mapped.splitlines():
        # dmsetup says "No devices found" on standard output.
        if line.strip() and not line.startswith("No devices"):
            yield line.split()[0]


def _devices(tree: str) -> list[Mapping[str, Any]]:
    """Raises ValueError, AttributeError or KeyError for what is no list of devices: then nobody
    knows what is encrypted.
    """
    if not tree.strip():
        return []
    devices = plain_json(tree)["blockdevices"]
    if not isinstance(devices, list):
        raise ValueError(f"lsblk gave no list: {tree[:200]}")
    return devices


def _walk(rows: list[Mapping[str, Any]], known: _Known, parent: str = "") -> Iterator[Cipher]:
    for row in rows:
        path = row.get("path") or ""
        children = row.get("children") or []
        if _is_mapping(row):
            yield _opened(row, path, known, parent)
        elif _encrypted(row, known) and not any(map(_is_mapping, children)):
            line = known.by_source(path)
            yield Cipher(line.name, path, swap=line.swap) if line else Cipher("", path)
        yield from _walk(children, known, path)


def _is_mapping(row: Mapping[str, Any]) -> bool:
    return row.get("type") == "crypt"


def _encrypted(row: Mapping[str, Any], known: _Known) -> bool:
    return row.get("fstype") == "crypto_LUKS" or row.get("path") in known.headers


def _opened(row: Mapping[str, Any], path: str, known: _Known, device: str) -> Cipher:
    name = path.rpartition("/")[2]
    return Cipher(
        name=name,
        source=device,
        open=True,
        mounts=tuple(mount for mount in _mounts(row) if mount),
        swap=row.get("fstype") == "swap" or known.is_swap(name),
    )


def _mounts(row: Mapping[str, Any]) -> list[Any]:
    # Before util-linux 2.37 there was one mount point (its issue 1474).
    return [*(row.get("mountpoints") or ()), row.get("mountpoint")]


CIPHERS = Fact(
    name="ciphers",
    script=r"""columns=NAME,PATH,TYPE,FSTYPE
lsblk --json -o $columns,MOUNTPOINTS || lsblk --json -o $columns,MOUNTPOINT
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
