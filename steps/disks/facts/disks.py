"""The disks of a node, read from lsblk, sfdisk and wipefs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.common.sizes import MIB
from steps.disks.facts.disk import DOS_LIMIT, Disk, Holder, Part
from wizard.model.step import Fact

_TABLES = ("dos", "gpt", "PMBR", "atari", "mac", "sun", "sgi", "bsd")
_IGNORED = ("loop", "zram", "ram", "nbd", "drbd", "fd", "sr", "mtd", "rbd")


@dataclass
class _Section:
    lsblk: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    tables: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)


def _sections(text: str) -> _Section:
    found, current = _Section(), ""
    for line in text.splitlines():
        if line.startswith("== "):
            current = line[3:]
        elif current == "lsblk":
            found.lsblk.append(line)
        elif current == "unread":
            found.unread.append(line)
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
    """First signature that is no partition table, by device; `wipefs --parsable` separates by
    commas.
    """
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


def _part(
    entry: Mapping[str, Any],
    disk: str,
    sector: int,
    rows: Mapping[str, Any],
    kinds: Mapping[str, str],
) -> Part:
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


def _unread(row: Mapping[str, Any], section: _Section, table: Mapping[str, Any]) -> str:
    """What of a disk could not be read: what is not seen must not count as empty."""
    parts = [child for child in row.get("children") or () if child.get("type") == "part"]
    own = {row["path"], *(part["path"] for part in parts)}
    found = [line for line in section.unread if line.partition(": ")[0] in own]
    listed = {entry["node"] for entry in table.get("partitions", ())}
    for part in parts:
        if part["path"] not in listed and (_mounts(part) or list(_holders(part))):
            found.append(f"{part['path']} is in use, and the partition table does not show it")
    return "; ".join(found)


def _text(row: Mapping[str, Any], name: str) -> str:
    return (row.get(name) or "").strip()


def _disk(row: Mapping[str, Any], section: _Section, kinds: Mapping[str, str]) -> Disk:
    path, size, sector = row["path"], row["size"], row.get("log-sec") or 512
    table = _json(section.tables.get(f"table {path}", [])).get("partitiontable", {})
    label, notes = table.get("label", ""), " ".join(section.notes.get(f"table {path}", []))
    rows = {
        child["path"]: child for child in row.get("children") or () if child.get("type") == "part"
    }
    end = min(size, DOS_LIMIT * sector) if label == "dos" else size - MIB
    if label == "gpt" and "not on the end of the device" not in notes:
        end = (table["lastlba"] + 1) * sector
    return Disk(
        path=path,
        serial=_text(row, "serial") or _text(row, "wwn") or path.rpartition("/")[2],
        model=_text(row, "model"),
        size=size,
        sector=sector,
        label=label,
        label_id=table.get("id", ""),
        content=kinds.get(path, ""),
        read_only=bool(row.get("ro")),
        removable=bool(row.get("rm")),
        notes=notes,
        unread=_unread(row, section, table),
        first=table["firstlba"] * sector if "firstlba" in table else MIB,
        end=end,
        parts=tuple(
            _part(entry, path, sector, rows, kinds) for entry in table.get("partitions", ())
        ),
        mounts=_mounts(row),
        holders=tuple(_holders(row)),
    )


def parse(text: str) -> tuple[Disk, ...]:
    """Join lsblk's tree, sfdisk's tables and wipefs's signatures into disks, in the kernel's order."""  # noqa: E501
    section = _sections(text)
    kinds = _signatures(section.signatures)
    rows = _json(section.lsblk).get("blockdevices", [])
    disks = [row for row in rows if row.get("type") == "disk" and row.get("size")]
    return tuple(
        _disk(row, section, kinds) for row in disks if not row["kname"].startswith(_IGNORED)
    )


_SCRIPT = r"""
echo '== lsblk'
lsblk --json -b -o NAME,KNAME,PATH,TYPE,SIZE,SERIAL,WWN,MODEL,FSTYPE,MOUNTPOINTS,PTTYPE,PARTTYPE,LOG-SEC,RO,RM
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
"""  # noqa: E501

DISKS = Fact(name="disks", script=_SCRIPT, parse=parse)
"""lsblk(8), sfdisk(8) --json with its complaints, wipefs(8): read-only, four to six forks.

One device that cannot be read makes wipefs (2.38.1) silent about all of them, so each is then asked
by itself.
"""
