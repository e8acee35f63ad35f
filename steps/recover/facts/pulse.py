"""The first look at a machine after an accident: does it answer, how long has it been up, is it
still starting.

What comes before the clock is read by the shell alone, from memory: it is told even by a machine
whose disk hangs.
"""

from __future__ import annotations

from dataclasses import dataclass

from steps.common.facts.texts import fields
from wizard.model.facts import Fact

BOOT_TAKES = 1800
"""Seconds after which a boot that is not through is not waited for any more: systemd says
"starting" as long as any job is in its queue, be it one that waits for ever (systemctl(1),
is-system-running; bootup(7)).
"""


@dataclass(frozen=True)
class Pulse:
    """`uptime` in seconds, `now` the machine's clock in seconds since 1970, `blocked` how many
    processes wait for a disk, `system` what systemd says of itself ("" when it did not answer).
    """

    boot: str = ""
    uptime: float = 0.0
    blocked: int = 0
    now: int = 0
    system: str = ""

    @property
    def boots(self) -> bool:
        """Whether its boot is under way, which brings more of what it lacks."""
        return self.system in ("starting", "initializing") and self.uptime < BOOT_TAKES


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def parse(text: str) -> Pulse:
    """Read lines of `name: value`."""
    values = fields(text)
    return Pulse(
        boot=values.get("boot", ""),
        uptime=_number(values.get("uptime", "")),
        blocked=int(_number(values.get("blocked", ""))),
        now=int(_number(values.get("now", ""))),
        system=values.get("system", ""),
    )


PULSE = Fact(
    name="pulse",
    script=r"""read -r up rest </proc/uptime; echo "uptime: $up"
read -r id </proc/sys/kernel/random/boot_id; echo "boot: $id"
while read -r key value rest; do
  [ "$key" = procs_blocked ] && echo "blocked: $value"
done </proc/stat
echo "now: $(date +%s)"
command -v systemctl >/dev/null && echo "system: $(timeout 3 systemctl is-system-running)" """,
    parse=parse,
)
"""proc(5); `systemctl is-system-running` (systemctl(1))."""
