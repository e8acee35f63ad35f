"""The disks of a node, read from lsblk, sfdisk and wipefs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.common.sizes import MIB
from steps.disks.facts.disk import DOS_LIMIT, Disk, Holder, Part
from wizard.model.facts import Fact

_TABLES = ("dos", "gpt", "PMBR", "atari", "mac", "sun", "sgi", "bsd")
_IGNORED = ("loop", "zram", "ram", "nbd", "drbd", "fd", "sr", "mtd", "rbd")


_Row = Mapping[str, Any]
"""One object of lsblk's or sfdisk's JSON: a device, a partition table, a partition in it."""


@dataclass
class _Output:
    """The snippet's output by its headings: "table DEVICE" is the key of `tables` and `notes`."""

    lsblk: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    tables: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)


def _output(text: str) -> _Output:
    output = _Output()
    plain = {
        "lsblk": output.lsblk,
        "signatures": output.signatures,
        "unread": output.unread,
    }
    heading = ""
    for line in text.splitlines():
        if line.startswith("== "):
            heading = line[3:]
        elif heading in plain:
            plain[heading].append(line)
        elif line.startswith("! "):
            output.notes.setdefault(heading, []).append(line[2:])
        else:
            output.tables.setdefault(heading, []).append(line)
    return output


def _json(lines: list[str]) -> dict[str, Any]:
    try:
        value = json.loads("\n".join(lines) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _signatures(lines: Iterable[str]) -> dict[str, str]:
    """First signature that is no partition table, by device; `wipefs --parsable` separates by
    commas.
    """
    kinds: dict[str, str] = {}
    for line in lines:
        if line.startswith("#"):
            continue
        device, _, rest = line.partition(",")
        columns = rest.split(",")
        kind = columns[1] if len(columns) > 1 else ""
        if kind and kind not in _TABLES:
            # The column DEVICE holds the bare name.
            kinds.setdefault(f"/dev/{device.removeprefix('/dev/')}", kind)
    return kinds


def _mounts(row: _Row) -> tuple[str, ...]:
    listed = row.get("mountpoints") or ()
    # lsblk lists null for what is not mounted.
    return tuple(mount for mount in listed if mount)


def _children(row: _Row) -> list[_Row]:
    """The rows of lsblk for what stands on a device."""
    return row.get("children") or []


def _partitions(row: _Row) -> list[_Row]:
    """The rows of lsblk for the partitions of a disk that the kernel knows."""
    return [child for child in _children(row) if child.get("type") == "part"]


def _holders(row: _Row) -> Iterator[Holder]:
    for child in _children(row):
        if child.get("type") != "part":
            yield Holder(child["path"], child.get("type") or "", _mounts(child))
            yield from _holders(child)


def _number(path: str, disk: str) -> int:
    digits = path.removeprefix(disk).removeprefix("p")
    return int(digits) if digits.isdigit() else 0


def _known(row: _Row, size: int) -> bool:
    """Whether the kernel has the partition as the table has it.

    An extended partition is 1 KiB to the kernel, whatever the table says (kernel,
    block/partitions/msdos.c).
    """
    return bool(row) and row.get("size") in (size, 1024)


def _part(
    entry: _Row,
    disk: str,
    sector: int,
    rows: Mapping[str, _Row],
    kinds: Mapping[str, str],
) -> Part:
    path = entry["node"]
    row = rows.get(path, {})
    size = entry["size"] * sector
    return Part(
        path=path,
        number=_number(path, disk),
        start=entry["start"] * sector,
        size=size,
        type=entry.get("type", ""),
        uuid=entry.get("uuid", ""),
        seen=_known(row, size),
        content=kinds.get(path, ""),
        mounts=_mounts(row),
        holders=tuple(_holders(row)),
    )


def _unread(row: _Row, lines: Iterable[str], table: _Row) -> str:
    """What of a disk could not be read: what is not seen must not count as empty."""
    parts = {part["path"]: part for part in _partitions(row)}
    complaints = []
    for line in lines:
        device, _, _ = line.partition(": ")
        if device == row["path"] or device in parts:
            complaints.append(line)
    listed = {entry["node"] for entry in table.get("partitions", ())}
    for path, part in parts.items():
        used = bool(_mounts(part)) or any(_holders(part))
        if used and path not in listed:
            complaints.append(f"{path} is in use, and the partition table does not show it")
    return "; ".join(complaints)


def _text(row: _Row, name: str) -> str:
    return (row.get(name) or "").strip()


def _serial(row: _Row) -> str:
    """What tells the disk from others: its serial, its WWN, or for want of both its name."""
    _, _, name = row["path"].rpartition("/")
    return _text(row, "serial") or _text(row, "wwn") or name


def _start(table: _Row, sector: int) -> int:
    """Where the usable room begins, in bytes."""
    if "firstlba" not in table:
        return MIB
    start: int = table["firstlba"] * sector
    return start


def _end(table: _Row, size: int, sector: int, notes: str) -> int:
    """Where the usable room ends, in bytes."""
    label = table.get("label", "")
    if label == "dos":
        return min(size, DOS_LIMIT * sector)
    if label == "gpt" and "not on the end of the device" not in notes:
        end: int = (table["lastlba"] + 1) * sector
        return end
    # Room for the GPT's second copy: the label is to be made, or its copy to be moved to the end.
    return size - MIB


def _disk(row: _Row, output: _Output, kinds: Mapping[str, str]) -> Disk:
    path = row["path"]
    size = row["size"]
    sector = row.get("log-sec") or 512
    heading = f"table {path}"
    table = _json(output.tables.get(heading, [])).get("partitiontable", {})
    notes = " ".join(output.notes.get(heading, []))
    rows = {part["path"]: part for part in _partitions(row)}
    entries = table.get("partitions", ())
    return Disk(
        path=path,
        serial=_serial(row),
        model=_text(row, "model"),
        size=size,
        sector=sector,
        label=table.get("label", ""),
        label_id=table.get("id", ""),
        content=kinds.get(path, ""),
        read_only=bool(row.get("ro")),
        removable=bool(row.get("rm")),
        notes=notes,
        unread=_unread(row, output.unread, table),
        first=_start(table, sector),
        end=_end(table, size, sector, notes),
        parts=tuple(_part(entry, path, sector, rows, kinds) for entry in entries),
        mounts=_mounts(row),
        holders=tuple(_holders(row)),
    )


def parse(text: str) -> tuple[Disk, ...]:
    """Join lsblk's tree, sfdisk's tables and wipefs's signatures, in the kernel's order."""
    output = _output(text)
    kinds = _signatures(output.signatures)
    disks = []
    for row in _json(output.lsblk).get("blockdevices", []):
        if row.get("type") != "disk" or not row.get("size"):
            continue
        if not row["kname"].startswith(_IGNORED):
            disks.append(_disk(row, output, kinds))
    return tuple(disks)


_SCRIPT = r"""
echo '== lsblk'
columns=NAME,KNAME,PATH,TYPE,SIZE,SERIAL,WWN,MODEL,FSTYPE,MOUNTPOINTS,PTTYPE,PARTTYPE,LOG-SEC,RO,RM
lsblk --json -b -o $columns
all= bad=
for b in /sys/block/*; do
  n=${b##*/}
  case $n in loop*|zram*|ram*|nbd*|drbd*|fd*|sr*|md*|dm-*|mtd*|rbd*) continue;; esac
  read -r size <"$b/size"; [ "${size:-0}" -gt 0 ] || continue
  echo "== table /dev/$n"
  { note=$(timeout 10 sfdisk --json "/dev/$n" 2>&1 1>&3); rc=$?; } 3>&1
  [ "$rc" -lt 124 ] || bad="$bad/dev/$n: sfdisk --json: no answer within 10 s
"
  [ -z "$note" ] || printf '%s\n' "$note" | sed 's/^/! /'
  all="$all /dev/$n"
  for p in "$b/$n"*; do [ -e "$p/partition" ] && all="$all /dev/${p##*/}"; done
done
echo '== signatures'
look='wipefs --parsable --noheadings --output DEVICE,OFFSET,TYPE,UUID,LABEL'
[ -z "$all" ] || timeout 20 $look $all || for d in $all; do
  note=$(timeout 5 $look "$d" 2>&1 1>&3) || bad="$bad$d: wipefs: ${note:-no answer within 5 s}
"
done 3>&1
[ -z "$bad" ] || { echo '== unread'; printf '%s' "$bad"; }
"""

DISKS = Fact(name="disks", script=_SCRIPT, parse=parse)
"""lsblk(8), sfdisk(8) --json with its complaints, wipefs(8): read-only, four to six forks.

One device that cannot be read makes wipefs (2.38.1) silent about all of them, so each is then asked
by itself.
"""
