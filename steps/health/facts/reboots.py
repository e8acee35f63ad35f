"""Whether a machine reboots or sleeps by itself: what many images bring along, or their owners have
set up for servers of which each stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from steps.common.facts.texts import fields
from steps.common.facts.watcher import AT_BOOT
from wizard.model.facts import Fact

_NEVER = ("", "0")
"""Values of an interval of APT::Periodic that switch it off (apt.systemd.daily)."""


@dataclass(frozen=True)
class Reboots:
    """What apt's daily work does to a machine, and how often it has slept."""

    told: bool = False
    """Whether apt could be asked; else nothing is known."""
    wanted: bool = False
    """Whether unattended-upgrades may reboot it (Unattended-Upgrade::Automatic-Reboot)."""
    runs: bool = False
    """Whether unattended-upgrades is there and is run."""
    at: str = ""
    """When it reboots: an hour, "now", or "" for its default, which is now."""
    slept: int = 0
    """How often it was suspended since its boot."""

    @property
    def by_itself(self) -> bool:
        """Whether it reboots when an upgrade asks for it, and nobody is asked."""
        return self.wanted and self.runs

    @property
    def when(self) -> str:
        """The hour in words."""
        return "at any time" if self.at in ("", "now") else f"at {self.at}"


def parse(text: str) -> Reboots:
    """Read `name: value` lines."""
    values = fields(text)
    periodic = values.get("periodic", "") not in _NEVER and values.get("enable") != "0"
    started = values.get("timer", "") in AT_BOOT
    return Reboots(
        told=values.get("apt") == "yes",
        wanted=values.get("reboot") == "true",
        runs=values.get("program") == "yes" and periodic and started,
        at=values.get("at", ""),
        slept=int(values.get("slept", "0") or 0),
    )


REBOOTS = Fact(
    name="reboots",
    script=r"""reboot= at= periodic= enable=
said=$(apt-config shell reboot Unattended-Upgrade::Automatic-Reboot/b \
  at Unattended-Upgrade::Automatic-Reboot-Time \
  periodic APT::Periodic::Unattended-Upgrade enable APT::Periodic::Enable) && echo "apt: yes"
eval "$said"
echo "reboot: $reboot"
echo "at: $at"
echo "periodic: $periodic"
echo "enable: $enable"
[ -x /usr/bin/unattended-upgrade ] && echo "program: yes"
echo "timer: $(systemctl is-enabled apt-daily-upgrade.timer)"
echo "slept: $(cat /sys/power/suspend_stats/success)" """,
    parse=parse,
)
"""apt-config(8), which quotes what it prints for the shell; /usr/lib/apt/apt.systemd.daily;
unattended-upgrade(8); the kernel's /sys/power/suspend_stats.
"""
