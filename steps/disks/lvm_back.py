"""Taking back a physical volume and a volume group, as long as nothing at all is in them."""

from __future__ import annotations

from wizard.model.undo import Undo

_NO_VOLUME = """\
set -e
device=$1
listed=$(pvs --noheadings --options pv_name)
if ! printf '%s\\n' $listed | grep -qxF -- "$device"; then
  held=$(wipefs --noheadings --output TYPE "$device")
  if [ -z "$held" ]; then exit 0; fi
  echo "LVM does not show $device, which holds $held: it stays" >&2; exit 1
fi
group=$(pvs --noheadings --options vg_name "$device" | tr -d ' ')
if [ -n "$group" ]; then echo "$device is in the group $group: it stays" >&2; exit 1; fi
exec pvremove "$device\""""
_NO_GROUP = """\
set -e
group=$1 device=$2
listed=$(vgs --noheadings --options vg_name)
if ! printf '%s\\n' $listed | grep -qxF -- "$group"; then exit 0; fi
state=$(vgs --noheadings --options lv_count,vg_extent_count,vg_free_count,pv_name "$group")
set -- $state
if [ $# != 4 ] || [ "$1" != 0 ] || [ "$2" != "$3" ] || [ "$4" != "$device" ]; then
  echo "$group is no empty group on $device alone: it stays." >&2
  echo "volumes, extents, free extents, device:" $state >&2
  exit 1
fi
exec vgremove "$group\""""
"""vgremove(8) itself asks before it removes volumes; nobody would answer it here."""


def no_volume(device: str) -> Undo:
    """Take LVM's label off a device that is in no group (pvremove(8) refuses one that is)."""
    argv = ("sh", "-c", _NO_VOLUME, "no-volume", device)
    return Undo(argv, f"pvremove {device}, if it is in no group", unit=True)


def no_group(name: str, device: str) -> Undo:
    """Remove a group that is this device alone and has no volume, not even a hidden one."""
    argv = ("sh", "-c", _NO_GROUP, "no-group", name, device)
    return Undo(argv, f"vgremove {name}, if nothing is in it", unit=True)
