"""From directories in the clear to the same directories on the volume, and services that wait for
them.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import (
    ASIDE,
    CRYPTTAB,
    DEVICE,
    PART,
    SCRIPT,
    TARGET,
    UNITS,
    files,
    mounts,
    paths,
    services,
    unit,
    volume_entry,
    with_entry,
)
from steps.vault.disk import Ground
from steps.vault.facts.protected import PROTECTED, Protected
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Finding, Kind, write_file

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
  users=$(find /proc/[0-9]*/cwd /proc/[0-9]*/fd -maxdepth 1 \\( -lname "$from" -o -lname "$from/*" \\) 2>/dev/null \\
    | cut -d/ -f3 | sort -un | while read -r p; do echo "$(cat "/proc/$p/comm") ($p)"; done)
  [ -z "$users" ] || {{ echo "$from is in use by: $users"; exit 1; }}
  list() {{ (cd "$1"; find . -type d -printf '%P %y %m %U %G\\n' -o ! -type s -printf '%P %y %m %U %G %s %l\\n' | sort
    find . -type f -print0 | sort -z | xargs -0r sha256sum); }}
  rm -rf "$part"; mkdir -p "$(dirname "$to")"
  cp -a "$from" "$part"; sync -f "$part"; {{ echo 3 >/proc/sys/vm/drop_caches; }} 2>/dev/null || :
  was=$(list "$from" | sha256sum) is=$(list "$part" | sha256sum)
  [ "$was" = "$is" ] || {{ echo "the copy differs from $from; nothing was changed there"; exit 1; }}
  echo "copied and compared: $(find "$part" -type f | wc -l) files"
  mv "$from" "$aside"
fi
mv "$part" "$to"; sync -f "$to"
{_GUARD}"""  # noqa: E501
DESTROY = """set -e; find "$1" -xdev -type f -exec shred -n 1 -u {} +
rm -rf --one-file-system "$1"; sync -f "${1%/*}/" """


def _texts(one: Ground, seen: Protected) -> dict[str, tuple[str, str]]:
    """Wanted text and mode by path, where it differs."""
    wanted = {
        path: (text, "755" if path == SCRIPT else "644")
        for path, text in files(one.volume, one.uuid).items()
    }
    table = with_entry(seen.texts.get(CRYPTTAB, ""), "secure", volume_entry(one.volume, one.uuid))
    if volume_entry(one.volume, one.uuid) in seen.texts.get(CRYPTTAB, "").splitlines():
        table = seen.texts[CRYPTTAB]
    wanted[CRYPTTAB] = (table, "644")
    return {path: pair for path, pair in wanted.items() if seen.texts.get(path) != pair[0]}


def install_files(one: Ground, facts: Facts) -> Iterator[Command]:
    """Units, settings and the program; nothing starts by itself at boot that needs the volume."""
    seen = facts.of(one.host, PROTECTED)
    changed = _texts(one, seen)
    if SCRIPT not in changed and not seen.executable:
        changed[SCRIPT] = (files(one.volume, one.uuid)[SCRIPT], "755")
    for path, (text, mode) in changed.items():
        undo = (
            f"remove the line `secure` from {path}"
            if path == CRYPTTAB
            else f"rm {path}; systemctl daemon-reload"
        )
        yield write_file(one.host, path, text, _why(path), mode=mode, undo=undo)
    names = (TARGET, *map(unit, mounts(one.volume)), *services(one.volume))
    if changed or any(seen.unit(name).stale for name in names):
        yield _short(
            one, ("systemctl", "daemon-reload"), "systemd reads the units again", undo="none needed"
        )
    for name in services(one.volume):
        if seen.unit(name).loaded and seen.unit(name).enabled:
            why = f"{name} no longer starts at boot, but when the volume was unlocked"
            yield _short(one, ("systemctl", "disable", name), why, undo=f"systemctl enable {name}")
        for socket in seen.unit(name).sockets:
            if seen.unit(socket).enabled or seen.unit(socket).active == "active":
                why = (
                    f"a connection to {socket} would start {name}, which the locked volume "
                    "does not allow"
                )
                yield _short(
                    one,
                    ("systemctl", "disable", "--now", socket),
                    why,
                    undo=f"systemctl enable {socket}",
                )


def _why(path: str) -> str:
    if path.endswith(".service.d/ganeti-wizard-protected.conf"):
        return "the service refuses to start, and says why, while the volume is locked"
    if path.startswith(UNITS):
        return "how the volume and what is on it are mounted: on request, never by itself at boot"
    return (
        "the guest's own program to unlock and lock, with its settings: it works without "
        "the wizard too"
    )


def _short(one: Ground, argv: tuple[str, ...], why: str, undo: str) -> Command:
    return Command(host=one.host, argv=argv, why=why, undo=undo, minutes=0.05)


def occupy(one: Ground, facts: Facts) -> Iterator[Command]:
    """Mount the volume, move what belongs on it, then start everything."""
    seen, volume = facts.of(one.host, PROTECTED), one.volume
    base = seen.place(volume.mount)
    if not base.mounted:
        if not base.guarded:
            yield _guard(one, volume.mount)
        why = "mounts the volume"
        yield _short(
            one,
            ("systemctl", "start", unit(volume.mount)),
            why,
            undo=f"systemctl stop {unit(volume.mount)}",
        )
    for path in paths(volume):
        if not seen.place(path).mounted:
            yield from _occupy_one(one, seen, path)
    yield from start(one, facts)


def _occupy_one(one: Ground, seen: Protected, path: str) -> Iterator[Command]:
    place = seen.place(path)
    if place.whole:
        if not place.guarded:
            yield _guard(one, path)
    elif (place.exists and not place.empty) or (place.part and place.aside):
        units = services(one.volume)
        yield Command(
            host=one.host,
            argv=("sh", "-c", MOVE, "move", path, one.volume.mount, *units),
            kind=Kind.UNIT,
            danger=Danger.OUTAGE,
            why=(
                f"{path} goes to the volume: copied, compared by checksums, and the "
                "original set aside"
            ),
            risk=f"{', '.join(units) or 'nothing'} stands still until this step has ended",
            undo=f"lock; chattr -i {path}; rmdir {path}; mv {path}{ASIDE} {path}",
            title=f"stop the services and move {path} to {one.volume.mount}{path}",
            minutes=0.5 + place.kib / (20 << 10) / 60,
        )
    else:
        yield Command(
            host=one.host,
            argv=("sh", "-c", FRESH, "prepare", path, one.volume.mount),
            why=f"{path} is empty so far: from now on it is on the volume",
            undo=f"chattr -i {path}; chmod 755 {path}",
            title=f"make {one.volume.mount}{path}, and {path} its mount point",
        )


def _guard(one: Ground, path: str) -> Command:
    return Command(
        host=one.host,
        argv=("sh", "-c", GUARD, "guard", path),
        why="while the volume is locked nothing can be written into the empty directory under it",
        undo=f"chattr -i {path}; chmod 755 {path}",
        title=f"mkdir {path}, mode 000 and immutable",
    )


def start(one: Ground, facts: Facts) -> Iterator[Command]:
    """Start what is not mounted or does not run, by the guest's own program."""
    seen = facts.of(one.host, PROTECTED)
    known = (seen.unit(name) for name in services(one.volume))
    dead = any(unit.loaded and (unit.active != "active" or unit.ended) for unit in known)
    unmounted = [path for path in mounts(one.volume) if not seen.place(path).mounted]
    if dead or unmounted or (services(one.volume) and seen.unit(TARGET).active != "active"):
        yield Command(
            host=one.host,
            argv=(SCRIPT, "unlock"),
            kind=Kind.UNIT,
            why=(
                "the volume is open: mounts what is on it, starts the protected services "
                "and checks them"
            ),
            undo=f"{SCRIPT} lock",
            minutes=0.5,
        )


def clean(one: Ground, facts: Facts) -> Iterator[Command]:
    """Destroy the unencrypted originals of what runs from the volume; each is agreed to by name."""
    seen = facts.of(one.host, PROTECTED)
    for path in paths(one.volume):
        place = seen.place(path)
        if one.volume.copies == "destroy" and place.mounted and place.aside and not place.part:
            yield Command(
                host=one.host,
                argv=("sh", "-c", DESTROY, "destroy", f"{path}{ASIDE}"),
                kind=Kind.UNIT,
                danger=Danger.DESTROY,
                confirm=f"{one.host}:{path}{ASIDE}",
                why=f"everything of {path} still lies in the clear beside the volume",
                risk=(
                    "the last copy from before the move is gone; older traces in free "
                    "blocks of the disk stay"
                ),
                undo="none; choose to keep the copies when you want to wait",
                title=f"overwrite and remove {path}{ASIDE}",
                minutes=0.5 + place.kib / (20 << 10) / 60,
            )


def conflicts(one: Ground, facts: Facts) -> Iterator[Finding]:
    """Data in two places, or in none: nothing is decided without the operator."""
    seen, volume = facts.of(one.host, PROTECTED), one.volume
    base, total = seen.place(volume.mount), 0
    for path in mounts(volume):
        root, device = one.seen.mounts.get(path, ("", ""))
        if seen.place(path).mounted and (
            device != DEVICE or root != ("/" if path == volume.mount else path)
        ):
            what = (
                f"{path} is the mount point of {device or 'something else'}{root}, which "
                "is not the volume"
            )
            yield Finding(
                one.host,
                what,
                f"unmount that and take it out of /etc/fstab; its data must move to {path} first",
            )
        if seen.place(path).link:
            what = (
                f"{path} is a symbolic link, or lies behind one: data would stay where that leads"
            )
            mend = (
                "put a directory with the data there, or name the real one (preset `none`, "
                "its service, its path)"
            )
            yield Finding(one.host, what, f"readlink -f {path}; {mend}")
    if base.exists and not base.empty:
        what = f"the directory {volume.mount} is to be the mount point and has something in it"
        yield Finding(
            one.host, what, f"move that elsewhere: umount {volume.mount}; ls -A {volume.mount}"
        )
    for path in paths(volume):
        place = seen.place(path)
        data = place.exists and not place.empty
        total += place.kib if data and not place.mounted else 0
        if place.mounted and place.aside and place.part:
            what = (
                f"a copy of {path} waits as {volume.mount}{path}{PART}, and something else "
                "is mounted in its place"
            )
            mend = (
                f"protected-volume lock; compare {path}{ASIDE} with both on the volume and "
                "keep the right one"
            )
            yield Finding(one.host, what, mend)
        if data and place.whole:
            what = f"both {path} and its place on the volume hold data"
            yield Finding(
                one.host,
                what,
                f"decide which is the right one and move the other away: {volume.mount}{path}",
            )
        elif base.mounted and place.aside and not (data or place.whole or place.part):
            what = f"{path} was set aside as {path}{ASIDE}, and the volume holds no copy"
            yield Finding(
                one.host,
                what,
                f"lsattr -d {path}; chattr -i {path}; rmdir {path}; mv {path}{ASIDE} {path}",
            )
    if total > volume.size_mib * 1024 * 9 // 10:
        what = f"{total >> 10} MiB are to move to a volume of {volume.size_mib} MiB"
        yield Finding(one.host, what, "make the volume larger")
