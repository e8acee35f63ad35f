"""Ganeti's own exports of instances on a node, as `gnt-backup export` leaves them, and the room for
more.

Ganeti moves an export to its name only when it has ended (backend.py, FinalizeExport); until then
it bears `.new`, and one that failed stays there: the next one neither removes it nor needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.model.step import Fact

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
    MIB`.
    """
    rows = [line.split() for line in text.splitlines()]
    now = next((int(row[1]) for row in rows if row[:1] == ["now:"] and len(row) == 2), 0)
    free = next((int(row[1]) for row in rows if row[:1] == ["free:"] and len(row) == 2), 0)
    whole = (row for row in rows if row[:1] == ["export:"] and len(row) == 5)
    made = {row[1]: Export(now - int(row[2]), int(row[3]), int(row[4])) for row in whole}
    return Exports(
        made, {row[1]: int(row[2]) for row in rows if row[:1] == ["left:"] and len(row) == 3}, free
    )


EXPORTS = Fact(
    name="exports",
    script=rf"""[ -d /var/lib/ganeti ] || exit
echo "now: $(date +%s)"
echo "free: $(df -Pm /var/lib/ganeti | awk 'NR == 2 {{ print $4 }}')"
for f in {EXPORT_DIR}/*/config.ini; do
  d=${{f%/config.ini}}; case $d in *.new) continue ;; esac
  [ ! -r "$f" ] || echo "export: ${{d##*/}} $(sed -n 's/^timestamp = //p' "$f") $(grep -c '^disk[0-9]*_dump' "$f")" \
    "$(du -sm "$d" | cut -f1)"
done
for d in {EXPORT_DIR}/*.new; do
  [ ! -d "$d" ] || {{ n=${{d##*/}}; echo "left: ${{n%.new}} $(du -sm "$d" | cut -f1)"; }}
done""",  # noqa: E501
    parse=parse,
)
