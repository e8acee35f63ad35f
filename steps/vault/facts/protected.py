"""What protects the services in a guest: our files, the units, and the directories that move to the
volume.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import files, filled, sections
from steps.common.volume_layout import (
    ASIDE,
    CRYPTTAB,
    PART,
    SCRIPT,
    SETTINGS,
    TARGET,
    mounts,
    services,
    unit,
)
from steps.common.volume_layout import files as wanted_files
from wizard.answers import Answers
from wizard.model.facts import Fact

FSTAB = "/etc/fstab"


@dataclass(frozen=True)
class UnitSeen:
    """A unit as systemd has it."""

    loaded: bool = False
    active: str = ""
    """ActiveState, such as "active" or "failed"."""
    enabled: bool = False
    """Whether something that starts at boot wants it."""
    stale: bool = False
    """Whether its files changed since systemd read them."""
    ended: bool = False
    """Whether it counts as active, and no process of it is left."""
    id: str = ""
    """Its own name, where it was asked for by another one."""
    sockets: tuple[str, ...] = ()
    """Those that start the unit when somebody connects (MariaDB's package enables one)."""


@dataclass(frozen=True)
class MountPoint:
    """One mount point, and the directory under it (looked at beneath the mount where there is
    one).
    """

    mounted: bool = False
    exists: bool = False
    empty: bool = True
    guarded: bool = False
    """It has no permissions and cannot be changed, so that nothing is written into it while the
    volume is locked.
    """
    kib: int = 0
    """What the directory holds."""
    aside: bool = False
    """Whether an unencrypted original lies beside it."""
    whole: bool = False
    """Whether its whole copy is on the volume; unknown (False) while that is not mounted."""
    part: bool = False
    """Whether a copy that was cut short is on the volume; unknown (False) as before."""
    link: bool = False
    """A symbolic link stands at the path or on the way to it."""


@dataclass(frozen=True)
class Protected:
    """What is set up in a guest to protect its services."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Our files, crypttab and fstab, by path."""
    executable: bool = False
    """Whether our program may be executed."""
    units: Mapping[str, UnitSeen] = field(default_factory=dict)
    places: Mapping[str, MountPoint] = field(default_factory=dict)
    """The mount points, by path."""

    def place(self, path: str) -> MountPoint:
        """What is known of a mount point."""
        return self.places.get(path, MountPoint())

    def unit(self, name: str) -> UnitSeen:
        """What systemd has of a unit."""
        return self.units.get(name, UnitSeen())


def _units(text: str) -> dict[str, UnitSeen]:
    units = {}
    for part in text.split("unit: ")[1:]:
        name, _, body = part.partition("\n")
        properties = dict(line.split("=", 1) for line in body.splitlines() if "=" in line)
        units[name.strip()] = _unit(properties)
    return units


def _unit(properties: Mapping[str, str]) -> UnitSeen:
    """One unit from `systemctl show` (org.freedesktop.systemd1(5) has the properties)."""
    wanting = {
        *properties.get("WantedBy", "").split(),
        *properties.get("RequiredBy", "").split(),
    }
    # Our own target is started by the program alone.
    wanting.discard(TARGET)
    at_boot = any(name.endswith(".target") for name in wanting)
    triggers = properties.get("TriggeredBy", "").split()
    return UnitSeen(
        loaded=properties.get("LoadState") == "loaded",
        active=properties.get("ActiveState", ""),
        enabled=at_boot or properties.get("UnitFileState") == "enabled",
        stale=properties.get("NeedDaemonReload") == "yes",
        ended=properties.get("SubState") == "exited" and properties.get("Type") != "oneshot",
        id=properties.get("Id", ""),
        sockets=tuple(name for name in triggers if name.endswith(".socket")),
    )


def _mount_point(words: list[str]) -> MountPoint:
    values = dict(word.split("=", 1) for word in words if "=" in word)
    return MountPoint(
        mounted=values.get("mounted") == "yes",
        exists=values.get("mode", "") != "",
        empty=values.get("empty") != "no",
        guarded=values.get("mode") == "0" and "i" in values.get("attributes", ""),
        kib=int(values.get("kib", "0") or 0),
        aside=values.get("aside") == "yes",
        whole=values.get("whole") == "yes",
        part=values.get("part") == "yes",
        link=values.get("link") == "yes",
    )


def parse(text: str) -> Protected:
    """Read the units, the `place:` lines and the files, in that order."""
    units, _, rest = text.partition("== places\n")
    places, _, texts = rest.partition("== files\n")
    mount_points = {}
    for line in places.splitlines():
        match line.split():
            case ["place:", path, *words]:
                mount_points[path] = _mount_point(words)
    return Protected(
        texts=sections(texts),
        executable="executable: yes" in places,
        units=_units(units),
        places=mount_points,
    )


# The directory under a mount is looked at in a mount name space of its own, with the mount taken
# away there.
_SCRIPT = r"""
for u in @UNITS $(systemctl show -P TriggeredBy @SERVICES); do
  echo "unit: $u"
  systemctl show -p Id,LoadState,ActiveState,SubState,Type,UnitFileState,NeedDaemonReload \
    -p WantedBy,RequiredBy,TriggeredBy "$u"
done
yes() { if "$@"; then printf yes; else printf no; fi; }
echo "== places"
for p in @PATHS; do
  under=$(unshare -m sh -c '
    umount -l "$1" 2>/dev/null
    [ -e "$1" ] || exit
    printf "mode=%s attributes=%s " "$(stat -c %a "$1")" "$(lsattr -d "$1" | cut -d" " -f1)"
    if [ -n "$(ls -A "$1")" ]
    then printf "empty=no kib=%s" "$(du -skx "$1" | cut -f1)"
    else printf "empty=yes"
    fi
  ' look "$p")
  echo "place: $p mounted=$(yes mountpoint -q "$p") aside=$(yes test -e "$p@ASIDE") $under" \
    "whole=$(yes test -e "@MOUNT$p") part=$(yes test -e "@MOUNT$p@PART")" \
    "link=$(yes test "$(readlink -m "$p")" != "$p")"
done
[ -x @PROGRAM ] && echo "executable: yes"
echo "== files"
"""


def _script(answers: Answers, host: str) -> str:
    volume = answers.encrypted_on(host)
    if volume is None:
        if answers.spared(host):
            return "echo '== places'\necho '== files'\n" + files(SETTINGS)
        return ":"
    units = (TARGET, *map(unit, mounts(volume)), *services(volume))
    words = {
        "UNITS": " ".join(f"'{name}'" for name in units),
        "SERVICES": " ".join((TARGET, *services(volume))),
        "PATHS": " ".join(mounts(volume)),
        "MOUNT": volume.mount,
        "ASIDE": ASIDE,
        "PART": PART,
        "PROGRAM": SCRIPT,
    }
    paths = (*wanted_files(volume, ""), CRYPTTAB, FSTAB)
    return filled(_SCRIPT, words) + files(" ".join(f"'{path}'" for path in paths))


PROTECTED = Fact(name="protected", script=_script, parse=parse)
