"""Whether an instance was seen to go down in order, and whether somebody needs it now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import fields, files, sections
from steps.common.volume_layout import DEVICE
from steps.guest.facts.guest import in_guests
from wizard.model.facts import Fact

UNIT = "gw-last-stop.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
PROGRAM = "/usr/local/sbin/gw-last-stop"
STATE = "/var/lib/ganeti-wizard"
_SYSTEMD = ("systemd", "systemd-timesyn", "systemd-resolve", "systemd-network")
QUIET = frozenset(
    ("sshd", *_SYSTEMD, "chronyd", "ntpd", "dhclient", "dhcpcd", "rpcbind", "avahi-daemon")
)
"""Programs that listen in a guest that serves nobody yet, as /proc/PID/comm has their names."""
UNKNOWN = ("unknown",)


@dataclass(frozen=True)
class Stops:
    """What the guest has noted of its stops, and what it does now."""

    unit: str = ""
    """What systemctl is-enabled and is-active say of the unit that takes the notes."""
    last: str = ""
    """"clean", "cut", or "" before the first stop that it saw."""
    obeyed: int = 0
    """When the guest last switched itself off in order, in seconds since 1970; 0 for never."""
    up: int = 0
    """Seconds since it started."""
    volume: bool = False
    """Whether its encrypted volume is open."""
    serves: tuple[str, ...] = ()
    """Who listens for others; UNKNOWN when nobody is seen to listen, since at least the ssh server
    that the wizard came through must be.
    """
    texts: Mapping[str, str] = field(default_factory=dict)
    """The unit's files by path."""


def _listener(line: str) -> str:
    """The program of a line of ss(8), or the address where the kernel itself listens."""
    named = re.search(r'users:\(\("([^"]+)"', line)
    return named[1] if named else line.split()[4]


def _serves(lines: list[str]) -> tuple[str, ...]:
    listeners = {_listener(line) for line in lines if len(line.split()) > 4}
    if not listeners:
        return UNKNOWN
    return tuple(sorted(listeners - QUIET))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def parse(text: str) -> Stops:
    """Read `key: value` lines, one `listens:` line for each socket, then the files."""
    head, _, tail = text.partition("== files\n")
    values = fields(head)
    listens = []
    for line in head.splitlines():
        if line.startswith("listens: "):
            listens.append(line.removeprefix("listens: "))
    return Stops(
        unit=values.get("unit", ""),
        last=values.get("last", ""),
        obeyed=_number(values.get("obeyed", "")),
        up=_number(values.get("up", "")),
        volume=values.get("volume") == "open",
        serves=_serves(listens),
        texts=sections(tail),
    )


_SCRIPT = rf"""echo "unit: $(systemctl is-enabled {UNIT}) $(systemctl is-active {UNIT})"
echo "last: $(cat {STATE}/last-stop)"
echo "obeyed: $(cat {STATE}/obeyed)"
echo "up: $(cut -d. -f1 /proc/uptime)"
[ -b {DEVICE} ] && echo "volume: open"
ss -Hlntup | sed 's/^/listens: /'
echo '== files'
{files(f"{UNIT_FILE} {PROGRAM}")}"""

STOPS = Fact(
    name="guest-stop",
    script=lambda answers, host: in_guests(_SCRIPT, answers, host),
    parse=parse,
)
"""Notes of our unit (systemd.service(5), ExecStop=), proc(5), ss(8)."""
