"""Whether anything has Ganeti's watcher run.

Debian's package has cron start it every five minutes (/etc/cron.d/ganeti) and does not depend on
cron, which a minimal system lacks: after a power cut nothing is started again there, and no copy is
connected again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.model.facts import Fact

CRON = "cron"
"""The package and its unit, without ".service", that are installed where there is none."""
UNITS = ("cron.service", "cronie.service", "crond.service", "bcron.service", "cron.target")
"""What the packages that provide cron-daemon run: cron, cronie, bcron, and systemd-cron's target
(packages.debian.org, cron-daemon).
"""
AT_BOOT = ("enabled", "enabled-runtime", "static", "generated", "alias", "linked")
"""States of a unit file that keep nobody from starting it (systemctl(1), is-enabled)."""


@dataclass(frozen=True)
class Unit:
    """A unit that runs crontabs, as `systemctl show` has it: whether systemd has read it ("loaded",
    "masked"), whether it runs ("active"), and whether a boot starts it ("enabled").
    """

    name: str
    loaded: str
    active: str
    at_boot: str

    @property
    def works(self) -> bool:
        """Whether it runs now, and after the next boot."""
        return self.active == "active" and self.at_boot in AT_BOOT

    @property
    def masked(self) -> bool:
        """Whether somebody has forbidden it."""
        return "masked" in (self.loaded, self.at_boot)


@dataclass(frozen=True)
class Watcher:
    """What would start Ganeti's watcher on a node, and when it last looked at the instances."""

    told: bool = False
    """Whether systemd said anything of the units; else nothing is known of them."""
    units: tuple[Unit, ...] = ()
    """Those that systemd knows."""
    asked_by: tuple[str, ...] = ()
    """The crontabs, and the units of an administrator, that name the watcher."""
    ran: int = 0
    """When it last had looked at all instances, which it does on the master only; 0 for never."""
    written: int = 0
    """When Ganeti last told the node who is master and which nodes there are; 0 for never."""
    now: int = 0
    """The node's clock, in seconds since 1970 as `ran`."""
    uptime: int = 0
    """Seconds since the boot."""
    paused: int = 0
    """Until when it is paused; 0 for never."""
    ganeti: bool = False
    """Whether Ganeti has put the watcher onto the node."""

    @property
    def cron(self) -> Unit | None:
        """What runs the crontabs: a unit that works, else one that could; None without any."""
        for unit in sorted(self.units, key=_by_use):
            return unit
        return None

    @property
    def by_timer(self) -> bool:
        """Whether an administrator's own unit has it run, so that cron need not."""
        return any(path.startswith("/etc/systemd/") for path in self.asked_by)

    @property
    def is_run(self) -> bool:
        """Whether something has it run, now and after a boot; True where that is not known."""
        if not self.told or self.by_timer:
            return True
        return self.cron is not None and self.cron.works and bool(self.asked_by)


def _by_use(unit: Unit) -> tuple[bool, bool, bool]:
    return not unit.works, unit.active != "active", unit.masked


def parse(text: str) -> Watcher:
    """Read the blocks of `systemctl show`, the paths after "== asked", and `name: value` lines."""
    shown, _, rest = text.partition("== asked\n")
    asked, _, numbers = rest.partition("== numbers\n")
    units = tuple(filter(_is_known, map(_unit, shown.strip().split("\n\n"))))
    values = dict(re.findall(r"^(\w+): (\d+)", numbers, re.MULTILINE))
    return Watcher(
        told="Id=" in shown,
        units=units,
        asked_by=tuple(path for path in asked.splitlines() if path.startswith("/")),
        ran=int(values.get("ran", 0)),
        written=int(values.get("written", 0)),
        now=int(values.get("now", 0)),
        uptime=int(values.get("uptime", 0)),
        paused=int(values.get("paused", 0)),
        ganeti="ganeti" in values,
    )


def _unit(block: str) -> Unit:
    pairs = (line.partition("=") for line in block.splitlines())
    values = {name: value for name, sign, value in pairs if sign}
    return Unit(
        values.get("Id", ""),
        values.get("LoadState", ""),
        values.get("ActiveState", ""),
        values.get("UnitFileState", ""),
    )


def _is_known(unit: Unit) -> bool:
    return unit.name in UNITS and unit.loaded in ("loaded", "masked")


WATCHER = Fact(
    name="watcher",
    script=rf"""systemctl show -p Id,LoadState,ActiveState,UnitFileState {" ".join(UNITS)}
echo '== asked'
for file in /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/root /etc/systemd/system/*.service
do
  # cron(8) reads no file with another character in its name.
  case $file in /etc/cron.d/*[!A-Za-z0-9_-]*) continue;; esac
  grep -qsE '^[^#]*ganeti-watcher' "$file" && echo "$file"
done
echo '== numbers'
ran=$(stat -c %Y /var/lib/ganeti/watcher.*.data | sort -n | tail -1)
echo "ran: $ran"
echo "written: $(stat -c %Y /var/lib/ganeti/ssconf_master_node)"
echo "now: $(date +%s)"
read -r up rest </proc/uptime
echo "uptime: ${{up%%.*}}"
echo "paused: $(head -c 20 /var/lib/ganeti/watcher.pause)"
[ -x /usr/sbin/ganeti-watcher ] && echo 'ganeti: 1'""",
    parse=parse,
)
"""The state file is touched at the end of each look (lib/watcher/state.py, Save)."""
