"""What protects the services in a guest: our files, the units, and the directories that move to the
volume.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import files, sections
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
from wizard.model.step import Fact

FSTAB = "/etc/fstab"


@dataclass(frozen=True)
class UnitSeen:
    """A unit as systemd has it; `enabled` is whether something that starts at boot wants it.

    `ended`: it counts as active, and no process of it is left. `sockets` are those that start the
    unit when somebody connects (MariaDB's package enables one).
    """

    loaded: bool = False
    active: str = ""
    enabled: bool = False
    stale: bool = False
    ended: bool = False
    sockets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """One mount point, and the directory under it (looked at beneath the mount where there is one).

    `kib` is what the directory holds. `guarded`: it has no permissions and cannot be changed, so
    that nothing is written into it while the volume is locked. `aside` is whether an unencrypted
    original lies beside it; `whole` and `part` are its copies on the volume, unknown (False) while
    that is not mounted. `link`: a symbolic link stands at the path or on the way to it.
    """

    mounted: bool = False
    exists: bool = False
    empty: bool = True
    guarded: bool = False
    kib: int = 0
    aside: bool = False
    whole: bool = False
    part: bool = False
    link: bool = False


@dataclass(frozen=True)
class Protected:
    """Text by path of our files and of crypttab and fstab, units by name, places by path."""

    texts: Mapping[str, str] = field(default_factory=dict)
    executable: bool = False
    units: Mapping[str, UnitSeen] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, path: str) -> Place:
        """What is known of a mount point."""
        return self.places.get(path, Place())

    def unit(self, name: str) -> UnitSeen:
        """What systemd has of a unit."""
        return self.units.get(name, UnitSeen())


def _units(text: str) -> dict[str, UnitSeen]:
    found = {}
    for part in text.split("unit: ")[1:]:
        name, _, body = part.partition("\n")
        values = dict(line.split("=", 1) for line in body.splitlines() if "=" in line)
        wanting = {*values.get("WantedBy", "").split(), *values.get("RequiredBy", "").split()} - {
            TARGET
        }
        at_boot = any(name.endswith(".target") for name in wanting)
        found[name.strip()] = UnitSeen(
            loaded=values.get("LoadState") == "loaded",
            active=values.get("ActiveState", ""),
            enabled=at_boot or values.get("UnitFileState") == "enabled",
            stale=values.get("NeedDaemonReload") == "yes",
            ended=values.get("SubState") == "exited" and values.get("Type") != "oneshot",
            sockets=tuple(
                one for one in values.get("TriggeredBy", "").split() if one.endswith(".socket")
            ),
        )
    return found


def _place(words: list[str]) -> Place:
    values = dict(word.split("=", 1) for word in words if "=" in word)
    return Place(
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
    head, _, rest = text.partition("== places\n")
    places, _, texts = rest.partition("== files\n")
    rows = [line.split()[1:] for line in places.splitlines() if line.startswith("place: ")]
    return Protected(
        texts=sections(texts),
        executable="executable: yes" in places,
        units=_units(head),
        places={row[0]: _place(row[1:]) for row in rows if row},
    )


_SCRIPT = r"""for u in UNITS $(systemctl show -P TriggeredBy SERVICES); do
  echo "unit: $u"
  systemctl show -p LoadState,ActiveState,SubState,Type,UnitFileState,WantedBy,RequiredBy,TriggeredBy \
    -p NeedDaemonReload "$u"
done
yes() { if "$@"; then printf yes; else printf no; fi; }
echo "== places"
for p in PATHS; do
  under=$(unshare -m sh -c 'umount -l "$1" 2>/dev/null; [ -e "$1" ] || exit
    printf "mode=%s attributes=%s " "$(stat -c %a "$1")" "$(lsattr -d "$1" | cut -d" " -f1)"
    if [ -n "$(ls -A "$1")" ]; then printf "empty=no kib=%s" "$(du -skx "$1" | cut -f1)"; else printf "empty=yes"; fi
  ' look "$p")
  echo "place: $p mounted=$(yes mountpoint -q "$p") aside=$(yes test -e "$pASIDE") $under" \
    "whole=$(yes test -e "MOUNT$p") part=$(yes test -e "MOUNT$pPART")" \
    "link=$(yes test "$(readlink -m "$p")" != "$p")"
done
[ -x SCRIPT ] && echo "executable: yes"
echo "== files"
"""  # noqa: E501


def _script(answers: Answers, host: str) -> str:
    volume = next((one for one in answers.encrypted if one.short == host), None)
    if volume is None:
        return (
            "echo '== places'\necho '== files'\n" + files(SETTINGS) if answers.spared(host) else ":"
        )
    units = " ".join(
        f"'{name}'" for name in (TARGET, *map(unit, mounts(volume)), *services(volume))
    )
    ours = " ".join(f"'{path}'" for path in (*wanted_files(volume, ""), CRYPTTAB, FSTAB))
    words = {
        "UNITS": units,
        "SERVICES": " ".join((TARGET, *services(volume))),
        "PATHS": " ".join(mounts(volume)),
        "MOUNT": volume.mount,
        "pASIDE": f"{{p}}{ASIDE}",
        "pPART": f"{{p}}{PART}",
        "SCRIPT": SCRIPT,
    }
    return re.sub("|".join(words), lambda found: words[found[0]], _SCRIPT) + files(ours)


PROTECTED = Fact(name="protected", script=_script, parse=parse)
