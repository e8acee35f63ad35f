"""Ganeti's own exports of instances on a node, as `gnt-backup export` leaves them, and the room for
more.

Ganeti moves an export to its name only when it has ended (backend.py, FinalizeExport); until then
it bears `.new`, and one that failed stays there: the next one neither removes it nor needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.times import elapsed
from wizard.model.facts import Fact

EXPORT_DIR = "/var/lib/ganeti/export"
"""Where Debian's Ganeti keeps exports (_constants.py, EXPORT_DIR)."""


@dataclass(frozen=True)
class Export:
    """One export: how many seconds ago it was made, how many disks it has, and its size in MiB."""

    age: int
    disks: int
    mib: int


@dataclass(frozen=True)
class Exports:
    """A node's exports by the instance's full name, the MiB that unfinished ones take, and those
    that are free.
    """

    made: Mapping[str, Export] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    free_mib: int = 0


def parse(text: str) -> Exports:
    """Read `now:`, `free:`, a line `export: NAME TIMESTAMP DISKS MIB` for each, and `left: NAME
    MIB`. An export that is still to come, by the node's clock, is none.
    """
    now = 0
    free = 0
    made: dict[str, Export] = {}
    left: dict[str, int] = {}
    for line in text.splitlines():
        match line.split():
            case ["now:", clock]:
                now = int(clock)
            case ["free:", mib]:
                free = int(mib)
            case ["export:", name, timestamp, disks, mib]:
                age = elapsed(now, int(timestamp))
                if age is not None:
                    made[name] = Export(age, int(disks), int(mib))
            case ["left:", name, mib]:
                left[name] = int(mib)
    return Exports(made, left, free)


EXPORTS = Fact(
    name="exports",
    script=rf"""[ -d /var/lib/ganeti ] || exit
echo "now: $(date +%s)"
echo "free: $(df -Pm /var/lib/ganeti | awk 'NR == 2 {{ print $4 }}')"
for f in {EXPORT_DIR}/*/config.ini; do
  d=${{f%/config.ini}}; case $d in *.new) continue ;; esac
  [ -r "$f" ] || continue
  made=$(sed -n 's/^timestamp = //p' "$f"); disks=$(grep -c '^disk[0-9]*_dump' "$f")
  echo "export: ${{d##*/}} $made $disks $(du -sm "$d" | cut -f1)"
done
for d in {EXPORT_DIR}/*.new; do
  [ ! -d "$d" ] || {{ n=${{d##*/}}; echo "left: ${{n%.new}} $(du -sm "$d" | cut -f1)"; }}
done""",
    parse=parse,
)
