"""The disks of a node: tables, partitions, free room, signatures, and what stands on each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.step import Fact

MIB = 1 << 20
GIB = 1 << 30
DOS_LIMIT = 1 << 32
"""Sectors that a DOS label can address."""

RAID_TYPES = {"dos": "fd", "gpt": "A19D880F-05FC-4D3B-A006-743F0F84911E"}
"""Partition type "Linux RAID" by label, as sfdisk(8) writes it."""

_TABLES = ("dos", "gpt", "PMBR", "atari", "mac", "sun", "sgi", "bsd")
_IGNORED = ("loop", "zram", "ram", "nbd", "drbd", "fd", "sr", "mtd", "rbd")
_EXTENDED = ("5", "f", "85")


@dataclass(frozen=True)
class Holder:
    """Something that stands on a disk or partition: an array, a volume, an opened cipher."""

    path: str
    kind: str
    mounts: tuple[str, ...] = ()


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
        return self.type.upper() in {one.upper() for one in RAID_TYPES.values()}

    @property
    def in_use(self) -> bool:
        """Whether anything is mounted on it or built on it."""
        return bool(self.mounts or self.holders)


@dataclass(frozen=True)
class Disk:
    """One disk. `label` is dos, gpt or "" (no partition table), `content` a signature on the whole disk.

    `notes` are sfdisk's complaints about the table; `first` and `end` bound the usable room, in bytes.
    """

    path: str
    serial: str
    model: str
    size: int
    sector: int
    label: str = ""
    label_id: str = ""
    content: str = ""
    read_only: bool = False
    removable: bool = False
    notes: str = ""
    first: int = MIB
    end: int = 0
    parts: tuple[Part, ...] = ()
    mounts: tuple[str, ...] = ()
    holders: tuple[Holder, ...] = ()

    @property
    def name(self) -> str:
        """The kernel's name for it."""
        return self.path.rpartition("/")[2]

    @property
    def all_mounts(self) -> tuple[str, ...]:
        """Every mount point of anything that stands on this disk."""
        found = [*self.mounts, *(m for holder in self.holders for m in holder.mounts)]
        for part in self.parts:
            found += [*part.mounts, *(m for holder in part.holders for m in holder.mounts)]
        return tuple(dict.fromkeys(found))

    @property
    def is_system(self) -> bool:
        """Whether the running system's root stands on it."""
        return "/" in self.all_mounts

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all is on it: no table, no signature, no user."""
        return not (self.label or self.content or self.parts or self.mounts or self.holders)

    @property
    def moved_end(self) -> bool:
        """Whether the disk grew after its GPT was written: the backup header is not at its end."""
        return "not on the end of the device" in self.notes

    @property
    def broken_table(self) -> bool:
        """Whether sfdisk found one of the two GPT copies damaged."""
        return "corrupt" in self.notes

    @property
    def next_number(self) -> int:
        """The partition number that `sfdisk --append` takes: the lowest unused; 0 when a DOS label is full."""
        used = {part.number for part in self.parts}
        number = next(n for n in range(1, 130) if n not in used)
        return 0 if (self.label == "dos" and number > 4) or number > 128 else number

    def part_path(self, number: int) -> str:
        """The device name of a partition: vda2, but nvme0n1p2."""
        return f"{self.path}{'p' if self.path[-1].isdigit() else ''}{number}"

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Free room between partitions as (start, size) in bytes, aligned inwards to whole MiB."""
        return tuple(_gaps(self.first, self.end, [(part.start, part.size) for part in self.parts]))

    @property
    def largest_gap(self) -> tuple[int, int]:
        """The largest free room (the first of equals); (0, 0) when there is none or no slot for a partition."""
        if not self.next_number:
            return (0, 0)
        return max(self.gaps, key=lambda gap: (gap[1], -gap[0]), default=(0, 0))


def _gaps(first: int, end: int, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = max(first, MIB)
    for start, size in [*sorted(taken), (end, 0)]:
        low, high = -(-at // MIB) * MIB, start // MIB * MIB
        if high > low:
            yield low, high - low
        at = max(at, start + size)


@dataclass
class _Section:
    lsblk: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    tables: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)


def _sections(text: str) -> _Section:
    found, current = _Section(), ""
    for line in text.splitlines():
        if line.startswith("== "):
            current = line[3:]
        elif current == "lsblk":
            found.lsblk.append(line)
        elif current == "signatures":
            found.signatures.append(line)
        elif line.startswith("! "):
            found.notes.setdefault(current, []).append(line[2:])
        else:
            found.tables.setdefault(current, []).append(line)
    return found


def _json(lines: list[str]) -> dict[str, Any]:
    try:
        value = json.loads("\n".join(lines) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _signatures(lines: Iterable[str]) -> dict[str, str]:
    """First signature that is no partition table, by device; `wipefs --parsable` separates by commas."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith("#"):
            continue
        device, _, rest = line.partition(",")
        kind = rest.split(",")[1] if rest.count(",") >= 1 else ""
        if kind and kind not in _TABLES:
            found.setdefault(f"/dev/{device.removeprefix('/dev/')}", kind)
    return found


def _mounts(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(m for m in row.get("mountpoints") or () if m)


def _holders(row: Mapping[str, Any]) -> Iterator[Holder]:
    for child in row.get("children") or ():
        if child.get("type") != "part":
            yield Holder(child["path"], child.get("type") or "", _mounts(child))
            yield from _holders(child)


def _number(path: str, disk: str) -> int:
    digits = path.removeprefix(disk).removeprefix("p")
    return int(digits) if digits.isdigit() else 0


def _part(entry: Mapping[str, Any], disk: str, sector: int, rows: Mapping[str, Any], kinds: Mapping[str, str]) -> Part:
    path = entry["node"]
    row = rows.get(path, {})
    return Part(
        path=path,
        number=_number(path, disk),
        start=entry["start"] * sector,
        size=entry["size"] * sector,
        type=entry.get("type", ""),
        uuid=entry.get("uuid", ""),
        seen=bool(row) and row.get("size") in (entry["size"] * sector, 1024),
        content=kinds.get(path, ""),
        mounts=_mounts(row),
        holders=tuple(_holders(row)),
    )


def _disk(row: Mapping[str, Any], section: _Section, kinds: Mapping[str, str]) -> Disk:
    path, size, sector = row["path"], row["size"], row.get("log-sec") or 512
    table = _json(section.tables.get(f"table {path}", [])).get("partitiontable", {})
    label, notes = table.get("label", ""), " ".join(section.notes.get(f"table {path}", []))
    rows = {child["path"]: child for child in row.get("children") or () if child.get("type") == "part"}
    end = min(size, DOS_LIMIT * sector) if label == "dos" else size - MIB
    if label == "gpt" and "not on the end of the device" not in notes:
        end = (table["lastlba"] + 1) * sector
    return Disk(
        path=path,
        serial=(row.get("serial") or row.get("wwn") or row["kname"]).strip(),
        model=(row.get("model") or "").strip(),
        size=size,
        sector=sector,
        label=label,
        label_id=table.get("id", ""),
        content=kinds.get(path, ""),
        read_only=bool(row.get("ro")),
        removable=bool(row.get("rm")),
        notes=notes,
        first=table["firstlba"] * sector if "firstlba" in table else MIB,
        end=end,
        parts=tuple(_part(entry, path, sector, rows, kinds) for entry in table.get("partitions", ())),
        mounts=_mounts(row),
        holders=tuple(_holders(row)),
    )


def parse(text: str) -> tuple[Disk, ...]:
    """Join lsblk's tree, sfdisk's tables and wipefs's signatures into disks, in the kernel's order."""
    section = _sections(text)
    kinds = _signatures(section.signatures)
    rows = _json(section.lsblk).get("blockdevices", [])
    disks = [row for row in rows if row.get("type") == "disk" and row.get("size")]
    return tuple(_disk(row, section, kinds) for row in disks if not row["kname"].startswith(_IGNORED))


_SCRIPT = r"""
echo '== lsblk'
lsblk --json -b -o NAME,KNAME,PATH,TYPE,SIZE,SERIAL,WWN,MODEL,FSTYPE,MOUNTPOINTS,PTTYPE,PARTTYPE,LOG-SEC,RO,RM
all=
for b in /sys/block/*; do
  n=${b##*/}
  case $n in loop*|zram*|ram*|nbd*|drbd*|fd*|sr*|md*|dm-*|mtd*|rbd*) continue;; esac
  read -r size <"$b/size"; [ "${size:-0}" -gt 0 ] || continue
  echo "== table /dev/$n"
  { note=$(timeout 10 sfdisk --json "/dev/$n" 2>&1 1>&3); } 3>&1
  [ -z "$note" ] || printf '%s\n' "$note" | sed 's/^/! /'
  all="$all /dev/$n"
  for p in "$b/$n"*; do [ -e "$p/partition" ] && all="$all /dev/${p##*/}"; done
done
echo '== signatures'
[ -z "$all" ] || timeout 20 wipefs --parsable --noheadings --output DEVICE,OFFSET,TYPE,UUID,LABEL $all
"""

DISKS = Fact(name="disks", script=_SCRIPT, parse=parse)
"""lsblk(8), sfdisk(8) --json with its complaints, wipefs(8): read-only, four to six forks."""
