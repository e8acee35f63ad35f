"""Programs for the machine that is a folder: each does to files below $ROOT what the real one does
to a host, as far as the steps use it.
"""

from __future__ import annotations

from tests.steps.undoing.machine import Machine

SYSTEMCTL = """\
verb=$1; shift; now=
if [ "$1" = --now ]; then now=1; shift; fi
if [ "$1" = -- ]; then shift; fi
boot=$ROOT/systemd/boot run=$ROOT/systemd/run
mkdir -p "$boot" "$run"
for unit; do
  case $verb in
    is-enabled)
      [ -e "$ROOT/systemd/masked-$unit" ] && { echo masked; exit 1; }
      [ -e "$ROOT/systemd/none-$unit" ] && { echo "no such unit" >&2; exit 1; }
      [ -e "$boot/$unit" ] && { echo enabled; exit 0; }
      echo disabled; exit 1 ;;
    enable) : >"$boot/$unit"; [ -z "$now" ] || : >"$run/$unit" ;;
    disable) rm -f "$boot/$unit"; [ -z "$now" ] || rm -f "$run/$unit" ;;
    start | restart) : >"$run/$unit" ;;
    stop) rm -f "$run/$unit" ;;
    *) echo "systemctl $verb?" >&2; exit 2 ;;
  esac
done
"""
HOSTNAME = """\
if [ "$1" = -- ]; then shift; fi
if [ $# = 0 ]; then cat "$ROOT/proc/hostname"; else printf '%s\\n' "$1" >"$ROOT/proc/hostname"; fi
"""
HOSTNAMECTL = """\
for name; do :; done
rm "$ROOT/etc/hostname"
if [ -n "$name" ]; then printf '%s\\n' "$name" >"$ROOT/etc/hostname"; fi
printf '%s\\n' "${name:-localhost}" >"$ROOT/proc/hostname"
"""
"""The last word is the name; systemd-hostnamed gives it to the kernel too (hostnamectl(1))."""
UPDATE_LOCALE = """\
file=$ROOT/etc/default/locale
case $1 in
  LANG=*) printf '%s\\n' "$1" >"$file" ;;
  LANG) : >"$file" ;;
esac
"""
SSH_KEYGEN = """\
[ "$1" != -A ] || exit 0
exec /usr/bin/ssh-keygen "$@"
"""
INSTALL = """\
for folder; do :; done
mkdir -p "$folder"
"""
GRUB_EDITENV = """\
file=$ROOT/boot/grub/grubenv
case $2 in
  list) cat "$file" ;;
  set) grep -v "^${3%%=*}=" "$file" >"$file.new"; echo "$3" >>"$file.new"; mv "$file.new" "$file" ;;
  unset) grep -v "^$3=" "$file" >"$file.new"; mv "$file.new" "$file" ;;
esac
"""
MODPROBE = """\
if [ -d "$ROOT/sys/module/drbd" ]; then exit 0; fi
mkdir -p "$ROOT/sys/module/drbd"
cp "$ROOT/etc/modprobe.d/drbd.conf" "$ROOT/sys/module/drbd/options" 2>/dev/null ||
  : >"$ROOT/sys/module/drbd/options"
"""
RMMOD = """\
[ ! -e "$ROOT/sys/module/drbd/used" ] || { echo "Module drbd is in use" >&2; exit 1; }
rm -r "$ROOT/sys/module/drbd"
"""
LVM = """\
pvs=$ROOT/lvm/pvs vgs=$ROOT/lvm/vgs; mkdir -p "$ROOT/lvm"; touch "$pvs" "$vgs"
program=${0##*/}
for last; do :; done
case "$program $*" in
  *--fail*) exit 5 ;;
  "pvs --noheadings --options pv_name") sed 's/ .*//; s/^/  /' "$pvs" ;;
  "pvs --noheadings --options vg_name "*)
    sed -n "s|^$last \\(.*\\)$|  \\1|p" "$pvs" ;;
  "vgs --noheadings --options vg_name") sed 's/ .*//; s/^/  /' "$vgs" ;;
  "vgs --noheadings --options lv_count,"*) sed -n "s|^$last |    |p" "$vgs" ;;
  pvcreate*) echo "$last " >>"$pvs" ;;
  vgcreate*)
    name=$1; sed -i "s|^$2 |$2 $name|" "$pvs"; echo "$name 0 15 15 $2" >>"$vgs" ;;
  pvremove*) sed -i "\\|^$1 |d" "$pvs" ;;
  vgremove*) sed -i "s| $1$| |" "$pvs"; sed -i "/^$1 /d" "$vgs" ;;
  *) echo "$program $*?" >&2; exit 2 ;;
esac
"""
"""pvs has lines of `DEVICE GROUP`, vgs of `NAME VOLUMES EXTENTS FREE DEVICE`."""


def equip(machine: Machine) -> Machine:
    """Give a machine all of them."""
    machine.program("systemctl", SYSTEMCTL)
    machine.program("hostname", HOSTNAME)
    machine.program("hostnamectl", HOSTNAMECTL)
    machine.program("ssh-keygen", SSH_KEYGEN)
    machine.program("install", INSTALL)
    machine.program("grub-editenv", GRUB_EDITENV)
    machine.program("modprobe", MODPROBE)
    machine.program("rmmod", RMMOD)
    for name in ("pvs", "vgs", "pvcreate", "vgcreate", "pvremove", "vgremove"):
        machine.program(name, LVM)
    machine.noting("update-initramfs", "update-grub")
    machine.program("wipefs", 'cat "$ROOT/lvm/held" 2>/dev/null || :\n')
    return machine
