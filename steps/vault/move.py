"""From directories in the clear to the same directories on the volume."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import ASIDE, PART, SCRIPT, TARGET, mounts, paths, services, unit
from steps.vault.disk import VaultVolume
from steps.vault.facts.protected import PROTECTED, MountPoint, Protected
from steps.vault.install import systemctl
from wizard.base.names import clause
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Kind

# In these scripts a single backslash at the end of a line is Python's: the shell sees one line.
_GUARD = 'mkdir -p "$from"; chmod 000 "$from"; chattr +i "$from"'
_REAL = (
    '[ "$(readlink -m "$from")" = "$from" ] || { echo "$from is a symbolic link, or lies '
    'behind one"; exit 1; }'
)
_EMPTY = '[ -z "$(ls -A "$from" 2>/dev/null)" ] || { echo "$from is not empty"; exit 1; }'
GUARD = f"""set -e; from=$1; {_REAL}; ! mountpoint -q "$from" || exit 0
{_EMPTY}
{_GUARD}"""
FRESH = f"""set -e; from=$1; to=$2$1; {_REAL}
{_EMPTY}
[ ! -e "$to" ]; mountpoint -q "$2"; mkdir -p "$to"
if [ -d "$from" ]; then chown --reference="$from" "$to"; chmod --reference="$from" "$to"; fi
{_GUARD}"""
MOVE = f"""set -eu; from=$1 to=$2$1 aside=$1{ASIDE} part=$2$1{PART}; mountpoint -q "$2"; shift 2
{_REAL}
[ ! -e "$to" ] || {{ echo "$to is there already"; exit 1; }}
if [ -d "$from" ] && [ -n "$(ls -A "$from")" ]; then
  [ ! -e "$aside" ] || {{ echo "$aside is there already"; exit 1; }}
  [ $# = 0 ] || systemctl stop "$@" || :
  users=$(find /proc/[0-9]*/cwd /proc/[0-9]*/fd -maxdepth 1 \
\\( -lname "$from" -o -lname "$from/*" \\) 2>/dev/null \\
    | cut -d/ -f3 | sort -un | while read -r p; do echo "$(cat "/proc/$p/comm") ($p)"; done)
  [ -z "$users" ] || {{ echo "$from is in use by: $users"; exit 1; }}
  list() {{ (cd "$1"; find . -type d -printf '%P %y %m %U %G\\n' \
-o ! -type s -printf '%P %y %m %U %G %s %l\\n' | sort
    find . -type f -print0 | sort -z | xargs -0r sha256sum); }}
  rm -rf "$part"; mkdir -p "$(dirname "$to")"
  cp -a "$from" "$part"; sync -f "$part"; {{ echo 3 >/proc/sys/vm/drop_caches; }} 2>/dev/null || :
  was=$(list "$from" | sha256sum) is=$(list "$part" | sha256sum)
  [ "$was" = "$is" ] || {{ echo "the copy differs from $from; nothing was changed there"; exit 1; }}
  echo "copied and compared: $(find "$part" -type f | wc -l) files"
  mv "$from" "$aside"
fi
mv "$part" "$to"; sync -f "$to"
{_GUARD}"""
DESTROY = """set -e
linked=$(find "$1" -xdev -type f -links +1 -printf '%D:%i %n %p\\n' | awk '
  { inside[$1]++; all[$1] = $2; path[$1] = substr($0, length($1 $2) + 3) }
  END { for (file in all) if (inside[file] < all[file]) print path[file] }')
if [ -n "$linked" ]; then
  echo "nothing was destroyed: these files have further names outside of $1 (hard links), and are"
  echo "overwritten there too. Find them by: find / -xdev -samefile FILE; remove those names, or"
  echo "these:"; echo "$linked" | sort | head -n 20; exit 1
fi
find "$1" -xdev -type f -exec shred -n 1 -u {} +
rm -rf --one-file-system "$1"; sync -f "${1%/*}/" """
KIB_PER_MINUTE = 60 * (20 << 10)
"""How fast data is copied or overwritten, at the least: 20 MiB in a second."""


def _minutes(place: MountPoint) -> float:
    """How long it takes to go over what a directory holds."""
    return 0.5 + place.kib / KIB_PER_MINUTE


def occupy(vault: VaultVolume, facts: Facts) -> Iterator[Command]:
    """Mount the volume, move what belongs on it, then start everything."""
    protected = facts.of(vault.host, PROTECTED)
    mount = vault.volume.mount
    if not protected.place(mount).mounted:
        if not protected.place(mount).guarded:
            yield _guard(vault, mount)
        yield systemctl(
            vault,
            "start",
            unit(mount),
            why="mounts the volume",
            undo=f"systemctl stop {unit(mount)}",
        )
    for path in paths(vault.volume):
        if not protected.place(path).mounted:
            yield from _occupy_path(vault, protected.place(path), path)
    yield from start(vault, facts)


def _occupy_path(vault: VaultVolume, place: MountPoint, path: str) -> Iterator[Command]:
    mount = vault.volume.mount
    has_data = place.exists and not place.empty
    was_cut_short = place.part and place.aside
    if place.whole:
        if not place.guarded:
            yield _guard(vault, path)
    elif has_data or was_cut_short:
        yield _move(vault, place, path)
    else:
        yield Command(
            host=vault.host,
            argv=("sh", "-c", FRESH, "prepare", path, mount),
            why=f"{path} is empty so far: from now on it is on the volume",
            undo=f"chattr -i {path}; chmod 755 {path}",
            title=f"make {mount}{path}, and {path} its mount point",
        )


def _move(vault: VaultVolume, place: MountPoint, path: str) -> Command:
    mount = vault.volume.mount
    stopped = services(vault.volume)
    return Command(
        host=vault.host,
        argv=("sh", "-c", MOVE, "move", path, mount, *stopped),
        kind=Kind.UNIT,
        danger=Danger.OUTAGE,
        why=(
            f"{path} goes to the volume: copied, compared by checksums, and the original set aside"
        ),
        risk=clause(
            stopped or ["nothing"],
            "stands still until this step has ended",
            "stand still until this step has ended",
        ),
        undo=f"lock; chattr -i {path}; rmdir {path}; mv {path}{ASIDE} {path}",
        title=f"stop the services and move {path} to {mount}{path}",
        minutes=_minutes(place),
    )


def _guard(vault: VaultVolume, path: str) -> Command:
    return Command(
        host=vault.host,
        argv=("sh", "-c", GUARD, "guard", path),
        why="while the volume is locked nothing can be written into the empty directory under it",
        undo=f"chattr -i {path}; chmod 755 {path}",
        title=f"mkdir {path}, mode 000 and immutable",
    )


def start(vault: VaultVolume, facts: Facts) -> Iterator[Command]:
    """Start what is not mounted or does not run, by the guest's own program."""
    protected = facts.of(vault.host, PROTECTED)
    if all(protected.place(path).mounted for path in mounts(vault.volume)) and _all_run(
        vault, protected
    ):
        return
    yield Command(
        host=vault.host,
        argv=(SCRIPT, "unlock"),
        kind=Kind.UNIT,
        why=(
            "the volume is open: mounts what is on it, starts the protected services "
            "and checks them"
        ),
        undo=f"{SCRIPT} lock",
        minutes=0.5,
    )


def _all_run(vault: VaultVolume, protected: Protected) -> bool:
    names = services(vault.volume)
    for name in names:
        service = protected.unit(name)
        if service.loaded and (service.active != "active" or service.ended):
            return False
    return not names or protected.unit(TARGET).active == "active"


def clean(vault: VaultVolume, facts: Facts) -> Iterator[Command]:
    """Destroy the unencrypted originals of what runs from the volume; each is agreed to by name."""
    if vault.volume.copies != "destroy":
        return
    protected = facts.of(vault.host, PROTECTED)
    for path in paths(vault.volume):
        place = protected.place(path)
        # Nothing is destroyed before its copy is in use, nor while another copy waits.
        if place.mounted and place.aside and not place.part:
            yield _destroy(vault, place, path)


def _destroy(vault: VaultVolume, place: MountPoint, path: str) -> Command:
    original = f"{path}{ASIDE}"
    return Command(
        host=vault.host,
        argv=("sh", "-c", DESTROY, "destroy", original),
        kind=Kind.UNIT,
        danger=Danger.DESTROY,
        confirm=f"{vault.host}:{original}",
        why=f"everything of {path} still lies in the clear beside the volume",
        risk=(
            "the last copy from before the move is gone; older traces in free "
            "blocks of the disk stay"
        ),
        undo="none; choose to keep the copies when you want to wait",
        title=f"overwrite and remove {original}",
        minutes=_minutes(place),
    )
