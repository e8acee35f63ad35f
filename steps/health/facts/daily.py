"""What daily life leaves on a host: full file systems, records of backups, ways around the vote,
serial numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.common.facts.texts import fields, files, sections
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

FOLDER = "/var/lib/ganeti-wizard"
NAMES = ("backup", "backup-check", "restore-test", "config-backup")
"""What leaves a record there."""


@dataclass(frozen=True)
class FileSystem:
    """One local file system: sizes in bytes, use in per cent; `inodes` is 0 where it has no fixed
    number.
    """

    mount: str
    kind: str
    size: int
    free: int
    used: int
    inodes: int

    @property
    def percent(self) -> int:
        """How full it is, in per cent: of its room or of its inodes, whichever ends first."""
        return max(self.used, self.inodes)


def parse_filesystems(text: str) -> tuple[FileSystem, ...]:
    """Read the rows of df's --output; a mount point may hold blanks, so the other columns come
    first.
    """
    systems = []
    for line in text.splitlines()[1:]:
        row = line.split(None, 5)
        if len(row) != 6:
            continue
        kind, size, free, used, inodes, mount = row
        if size.isdigit() and free.isdigit():
            systems.append(
                FileSystem(mount, kind, int(size), int(free), _percent(used), _percent(inodes))
            )
    return tuple(systems)


def _percent(text: str) -> int:
    number = text.rstrip("%")
    # df writes "-" where a file system has no fixed number of inodes.
    return int(number) if number.isdigit() else 0


FILESYSTEMS = Fact(
    name="filesystems",
    script=(
        "df -l -B1 -x tmpfs -x devtmpfs -x squashfs -x overlay -x iso9660 -x efivarfs"
        " --output=fstype,size,avail,pcent,ipcent,target"
    ),
    parse=parse_filesystems,
)
"""df(1) of local file systems that can fill up."""


@dataclass(frozen=True)
class Record:
    """How the last run of something ended: `time` and `good` (the last good run) in seconds since
    1970, 0 unknown.
    """

    time: int = 0
    ok: bool = False
    message: str = ""
    good: int = 0


@dataclass(frozen=True)
class Records:
    """Records by name ("backup"); `damaged` are names whose file is no such record. `now` is the
    host's clock.
    """

    now: int = 0
    found: Mapping[str, Record] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()


def parse_records(text: str) -> Records:
    """Read the host's clock in the first line, then JSON files of the keys time, ok, message and
    perhaps last_good.
    """
    clock, _, rest = text.partition("\n")
    found: dict[str, Record] = {}
    damaged: list[str] = []
    for path, body in sections(rest).items():
        name = path.rpartition("/")[2].removesuffix(".json")
        try:
            found[name] = _record(plain_json(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            damaged.append(name)
    now = int(clock) if clock.strip().isdigit() else 0
    return Records(now, found, tuple(damaged))


def _record(data: Any) -> Record:
    time = int(data["time"])
    ok = bool(data["ok"])
    good = int(data.get("last_good") or 0)
    if ok and not good:
        good = time
    return Record(time, ok, str(data.get("message", "")), good)


RECORDS = Fact(
    name="records",
    script="date +%s; " + files(" ".join(f"{FOLDER}/{name}.json" for name in NAMES)),
    parse=parse_records,
)


@dataclass(frozen=True)
class Bypass:
    """Where a node goes around the vote: lines of /etc/default/ganeti, and daemons that run with
    --no-voting.
    """

    settings: tuple[str, ...] = ()
    daemons: tuple[str, ...] = ()


def parse_bypass(text: str) -> Bypass:
    """Read "setting: LINE" and "daemon: NAME" lines."""
    settings = []
    daemons = []
    for line in text.splitlines():
        word, _, rest = line.partition(": ")
        if word == "setting":
            settings.append(rest.strip())
        elif word == "daemon" and rest.strip() not in daemons:
            daemons.append(rest.strip())
    return Bypass(tuple(settings), tuple(daemons))


BYPASS = Fact(
    name="bypass",
    script=r"""sed -n '/^[[:space:]]*[A-Z_]*ARGS=.*--no-voting/s/^/setting: /p' /etc/default/ganeti
for p in /proc/[0-9]*; do
  # Read by the shell itself: a program for each process took 40 s on a busy emulated node.
  name=; read -r name <"$p/comm"
  case $name in
    ganeti-luxid|ganeti-wconfd)
      tr '\0' '\n' <"$p/cmdline" | grep -qx -- --no-voting && echo "daemon: $name" ;;
  esac
done""",
    parse=parse_bypass,
)
"""--no-voting for good makes two masters possible as soon as the link between the nodes breaks
(Ganeti bug 1212).
"""

_NO_SERIAL = re.compile(
    r"(?i)^(|0+|none|default string|not specified|system serial number|to be filled.*|n/?a)$"
)


@dataclass(frozen=True)
class Machine:
    """What the maker printed on it; "" where the firmware has nothing of use."""

    maker: str = ""
    product: str = ""
    serial: str = ""


def parse_machine(text: str) -> Machine:
    """Read "maker:", "product:" and "serial:" lines; what firmware holds as a filler counts as
    nothing.
    """
    values = fields(text)
    return Machine(
        maker=_printed(values.get("maker", "")),
        product=_printed(values.get("product", "")),
        serial=_printed(values.get("serial", "")),
    )


def _printed(value: str) -> str:
    return "" if _NO_SERIAL.match(value) else value


MACHINE = Fact(
    name="machine",
    script=r"""cd /sys/class/dmi/id || exit
echo "maker: $(cat sys_vendor)"; echo "product: $(cat product_name)"
echo "serial: $(cat product_serial)" """,
    parse=parse_machine,
)
"""The server's own serial number, as the kernel read it from the firmware (DMI)."""
