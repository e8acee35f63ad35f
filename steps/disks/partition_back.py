"""Taking an empty partition away again, from the very disk that it was made on."""

from __future__ import annotations

from steps.disks.facts.disk import Disk
from steps.disks.facts.identity import as_lsblk_prints
from wizard.model.undo import Undo

_NO_PARTITION = """\
disk=$1 column=$2 id=$3 part=$4 number=$5 extent=$6 fresh=$7
refuse() { echo "$1: it stays" >&2; exit 1; }
is=$(lsblk --nodeps --noheadings --output "$column" "$disk" | sed 's/^ *//; s/ *$//')
[ "$is" = "$id" ] || refuse "$disk is $is, not $id"
if ! table=$(sfdisk --dump "$disk" 2>&1); then
  case $table in *"does not contain a recognized partition table"*) exit 0 ;; esac
  refuse "$table"
fi
there=$(printf '%s\\n' "$table" |
  sed -n "\\\\#^$part :#s/.*start= *\\\\([0-9]*\\\\), *size= *\\\\([0-9]*\\\\).*/\\\\1 \\\\2/p")
if [ -n "$there" ]; then
  [ "$there" = "$extent" ] || refuse "$part has start and size $there, not $extent"
  if [ -e "$part" ]; then
    held=$(wipefs --noheadings --output TYPE "$part") || refuse "$part cannot be read"
    [ -z "$held" ] || refuse "$part holds $held"
    [ "$(lsblk --noheadings --output NAME "$part" | wc -l)" = 1 ] || refuse "$part is in use"
    [ -z "$(lsblk --noheadings --output MOUNTPOINT "$part")" ] || refuse "$part is mounted"
  fi
  sfdisk --quiet --no-reread --no-tell-kernel --delete "$disk" "$number" || exit 1
fi
if [ -e "$part" ]; then partx --delete --nr "$number" "$disk" || exit 1; fi
[ "$fresh" = fresh ] || exit 0
if sfdisk --dump "$disk" | grep -q "^$disk"; then exit 0; fi
wipefs --quiet --all --force "$disk\""""
"""`partx --update` does not forget partitions (seen with 2.38). A label that was made with the
partition goes with it, as long as it has no other.
"""


def by_hand(disk: Disk, number: int) -> str:
    """How a person takes a partition away."""
    return (
        f"sfdisk --no-reread --no-tell-kernel --delete {disk.path} {number} && partx "
        f"--delete --nr {number} {disk.path}"
    )


def undo(disk: Disk, number: int, start: int, size: int, *, fresh: bool) -> Undo | str:
    """Delete a partition that begins at this sector and has this many, and is empty and unused.

    `fresh` says that the disk had no label. A disk that shows nothing of its own is not known again
    after a boot: of that one a person must be sure.
    """
    part = disk.part_path(number)
    if disk.anonymous:
        return by_hand(disk, number)
    by_wwn = disk.id == disk.wwn
    column, own = ("WWN", disk.wwn) if by_wwn else ("SERIAL", disk.serial)
    name = (column, as_lsblk_prints(own))
    words = (disk.path, *name, part, str(number), f"{start} {size}", "fresh" if fresh else "")
    argv = ("sh", "-c", _NO_PARTITION, "no-partition", *words)
    return Undo(argv, f"delete {part}, if it is empty and not in use", unit=True)
