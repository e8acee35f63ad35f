"""The disks of a node, read from lsblk, sfdisk and wipefs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.common.sizes import MIB
from steps.disks.facts.contents import Contents, contents_of, holders
from steps.disks.facts.disk import DOS_LIMIT, Disk, Part
from steps.disks.facts.identity import identified, named_by, printed
from steps.disks.facts.lsblk import Row, column, devices, partitions
from steps.disks.facts.unlisted import complete
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

NO_SFDISK = "sfdisk is not installed"
"""Said where Debian's package fdisk is missing, which is not essential and which no package depends
on that is there before Ganeti.
"""
_IGNORED = ("loop", "zram", "ram", "nbd", "drbd", "fd", "sr", "mtd", "rbd", "zd", "bcache")
_NO_DISK = re.compile(r"mmcblk\d+(boot\d+|gp\d+|rpmb)|nvme\d+c\d+n\d+")
"""What shows as a disk beside the disk that it is a piece of, or a way to: an eMMC's boot areas
(rear issue 2087), a path of NVMe's own multipath (ledmon issue 150).
"""
_NO_TABLE = ("does not contain a recognized partition table", "failed to dump partition table")
"""What sfdisk says of a disk without a table: that it is damaged reads otherwise."""


@dataclass
class _Output:
    """The snippet's output by its headings: "table DEVICE" is the key of `tables` and `notes`."""

    lsblk: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    tables: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)


def _output(text: str) -> _Output:
    output = _Output()
    plain = {
        "lsblk": output.lsblk,
        "signatures": output.signatures,
        "uses": output.uses,
        "unread": output.unread,
    }
    heading = ""
    for line in text.split("\n"):
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
        value = plain_json("\n".join(lines) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _rows(lines: list[str]) -> list[Row]:
    """lsblk's disks. Raises ValueError when it listed none: they are unknown then, not absent."""
    listed = _json(lines).get("blockdevices")
    if not isinstance(listed, list):
        raise ValueError(f"lsblk gave no list: {' '.join(lines)[:200] or 'nothing at all'}")
    return devices(listed)


def _number(path: str, disk: str) -> int:
    digits = path.removeprefix(disk).removeprefix("p")
    return int(digits) if digits.isdigit() else 0


def _known(row: Mapping[str, Any], size: int) -> bool:
    """Whether the kernel has the partition as the table has it.

    An extended partition is 1 KiB to the kernel, whatever the table says (kernel,
    block/partitions/msdos.c).
    """
    return row.get("size") in (size, 1024)


_UNKNOWN: Row = {"mountpoints": [], "children": []}
"""A partition that the kernel does not know."""


def _part(
    entry: Row,
    disk: str,
    sector: int,
    rows: Mapping[str, Row],
    contents: Contents,
) -> Part:
    path = entry["node"]
    row = rows.get(path, _UNKNOWN)
    size = entry["size"] * sector
    return Part(
        path=path,
        number=_number(path, disk),
        start=entry["start"] * sector,
        size=size,
        type=entry.get("type", ""),
        uuid=entry.get("uuid", ""),
        seen=_known(row, size),
        content="" if is_extended(entry) else contents.of_part(row, path),
        mounts=tuple(row["mountpoints"]),
        holders=tuple(holders(row)),
    )


def is_extended(entry: Row) -> bool:
    """Whether a partition only holds others: the table in it is its own (sfdisk(8), types 5, f,
    85).
    """
    return entry.get("type", "").lower() in ("5", "f", "85")


def _unread(row: Row, output: _Output, contents: Contents, table: Row) -> str:
    """What of a disk could not be read: what is not seen must not count as empty."""
    path = row["path"]
    parts = partitions(row)
    own = {path, *(part["path"] for part in parts)}
    complaints = [line for line in output.unread if line.partition(": ")[0] in own]
    if f"{path}: {NO_SFDISK}" in complaints:
        # Nothing that follows from an unread table is worth a word then.
        return f"{path}: {NO_SFDISK}"
    if not table:
        complaints += _no_table(row, output, f"table {path}")
    listed = {entry["node"] for entry in table.get("partitions", ())}
    for part in parts:
        content = contents.of_part(part, part["path"])
        if part["mountpoints"] or any(holders(part)):
            content = "in use"
        if content and part["path"] not in listed:
            what = content if content == "in use" else f"with {content} in it"
            complaints.append(
                f"the kernel has {part['path']}, {what}, and the partition table does not show it"
            )
    return "; ".join(complaints)


def _no_table(row: Row, output: _Output, heading: str) -> Iterator[str]:
    """Why the table of a disk is unknown, where it is not known to have none."""
    looked = [line for line in output.uses if line.startswith("looked ")]
    if looked and f"looked {row['path']}" not in looked:
        yield f"{row['path']}: nobody looked at its partition table"
    if any(line.strip() for line in output.tables.get(heading, [])):
        yield f"{row['path']}: what sfdisk says was not understood"
    elif column(row, "pttype"):
        yield f"{row['path']}: lsblk sees a {row['pttype']} partition table, and sfdisk none"
    for note in output.notes.get(heading, []):
        if not any(words in note for words in _NO_TABLE):
            yield f"{row['path']}: {note}"


def _start(table: Row, sector: int) -> int:
    """Where the usable room begins, in bytes."""
    if "firstlba" not in table:
        return MIB
    start: int = table["firstlba"] * sector
    return start


def _end(table: Row, size: int, sector: int, notes: str) -> int:
    """Where the usable room ends, in bytes."""
    label = table.get("label", "")
    if label == "dos":
        return min(size, DOS_LIMIT * sector)
    if label == "gpt" and "not on the end of the device" not in notes:
        end: int = (table["lastlba"] + 1) * sector
        return end
    # Room for the GPT's second copy: the label is to be made, or its copy to be moved to the end.
    return size - MIB


def _disk(row: Row, output: _Output, contents: Contents) -> Disk:
    path = row["path"]
    size = row["size"]
    sector = row["log-sec"] or 512
    heading = f"table {path}"
    table = _json(output.tables.get(heading, [])).get("partitiontable", {})
    notes = " ".join(output.notes.get(heading, []))
    rows = {part["path"]: part for part in partitions(row)}
    entries = table.get("partitions", ())
    label = table.get("label", "")
    name = path.rpartition("/")[2]
    wwn = named_by(column(row, "wwn"))
    return Disk(
        path=path,
        serial=printed(column(row, "serial")) or wwn or name,
        wwn=wwn,
        id=name,
        model=column(row, "model"),
        size=size,
        sector=sector,
        label=label,
        label_id=table.get("id", ""),
        content=contents.of_disk(row, contents.inside(entries, sector), label),
        read_only=row["ro"],
        removable=row["rm"],
        notes=notes,
        unread=_unread(row, output, contents, table),
        first=_start(table, sector),
        end=_end(table, size, sector, notes),
        parts=tuple(_part(entry, path, sector, rows, contents) for entry in entries),
        mounts=tuple(row["mountpoints"]),
        holders=tuple(holders(row)),
        transport=column(row, "tran"),
        address=column(row, "hctl"),
        zoned=column(row, "zoned") == "host-managed",
    )


def _is_disk(row: Row) -> bool:
    # A card reader without a card has no size.
    if row.get("type") != "disk" or not row["size"]:
        return False
    return not row["kname"].startswith(_IGNORED) and not _NO_DISK.fullmatch(row["kname"])


def parse(text: str) -> tuple[Disk, ...]:
    """Join lsblk's tree, sfdisk's tables and wipefs's signatures, in the kernel's order.

    Raises ValueError when lsblk did not list the disks.
    """
    if not text.strip():
        # Nobody asked: the snippet says at least its first heading.
        return ()
    output = _output(text)
    rows = _rows(output.lsblk)
    contents = contents_of(output.signatures, output.unread)
    complete(rows, contents.signatures, output.uses)
    disks = [_disk(row, output, contents) for row in rows if _is_disk(row)]
    return tuple(identified(disks))


_SCRIPT = r"""
echo '== lsblk'
columns=NAME,KNAME,PATH,TYPE,SIZE,SERIAL,WWN,MODEL,FSTYPE,PTTYPE,PARTTYPE,LOG-SEC,RO,RM
columns=$columns,UUID,LABEL,PARTUUID,PARTLABEL,TRAN,HCTL,ZONED
lsblk --json -b -o $columns,MOUNTPOINTS || lsblk --json -b -o $columns,MOUNTPOINT
all= bad= looked=
for b in /sys/block/*; do
  n=${b##*/}
  case $n in loop*|zram*|ram*|nbd*|drbd*|fd*|sr*|md*|dm-*|mtd*|rbd*) continue;; esac
  case $n in mmcblk*boot*|mmcblk*rpmb|nvme*c*n*) continue;; esac
  read -r size <"$b/size"; [ "${size:-0}" -gt 0 ] || continue
  d=/dev/$n
  case $n in *!*) d=/dev/$(printf '%s' "$n" | tr '!' /);; esac
  echo "== table $d"
  { note=$(timeout 10 sfdisk --json "$d" 2>&1 1>&3); rc=$?; } 3>&1
  case $rc in
    127) bad="$bad$d: @LACKS
";;
    12[4-9]|1[3-9]?|2??) bad="$bad$d: sfdisk --json: no answer within 10 s
";;
  esac
  [ -z "$note" ] || printf '%s\n' "$note" | sed 's/^/! /'
  all="$all $d" looked="${looked}looked $d
"
  for p in "$b/$n"*; do [ -e "$p/partition" ] && all="$all ${d%/*}/${p##*[/!]}"; done
done
echo '== signatures'
look='wipefs --parsable --noheadings --output DEVICE,OFFSET,TYPE,UUID,LABEL'
[ -z "$all" ] || timeout 20 $look $all || for d in $all; do
  note=$(timeout 5 $look "$d" 2>&1 1>&3) || bad="$bad$d: wipefs: ${note:-no answer within 5 s}
"
done 3>&1
echo '== uses'
printf '%s' "$looked"
link() {
  case $1 in /dev/*) p=$1;; ID=*) p=/dev/disk/by-id/${1#ID=};; *) return;; esac
  [ ! -L "$p" ] || printf '%s\n' "link $1 $(readlink -f "$p")"
}
while read -r source target kind rest || [ -n "$source" ]; do
  case $source in ''|'#'*) continue;; esac
  printf '%s\n' "fstab $source $target $kind"
  link "$source"
done </etc/fstab
[ ! -r /etc/crypttab ] || while read -r name source rest || [ -n "$name" ]; do
  case $name in ''|'#'*) continue;; esac
  printf '%s\n' "crypttab $name $source"
  link "$source"
done </etc/crypttab
for p in /proc/spl/kstat/zfs/*/; do [ -d "$p" ] && p=${p%/} && echo "pool ${p##*/}"; done
while read -r source target kind rest; do
  case $kind in zfs|bcachefs) printf '%s\n' "$kind $source $target";; esac
done </proc/mounts
for j in /proc/fs/jbd2/*; do [ -e "/sys/class/block/${j##*/}" ] && echo "journal ${j##*/}"; done
for p in /run/lvm/pvs_online/*; do
  [ -r "$p" ] || continue
  while read -r word; do
    case $word in vg:?*) echo "pv ${p##*/} ${word#vg:}";; esac
  done <"$p"
done
[ -z "$bad" ] || { echo '== unread'; printf '%s' "$bad"; }
"""

DISKS = Fact(name="disks", script=_SCRIPT.replace("@LACKS", NO_SFDISK), parse=parse)
"""lsblk(8), sfdisk(8) --json with its complaints, wipefs(8): read-only, four to six forks.

One device that cannot be read makes wipefs (2.38.1) silent about all of them, so each is then asked
by itself. Debian 11's lsblk has no MOUNTPOINTS. LVM notes its devices in /run/lvm (pvscan(8)).
"""
