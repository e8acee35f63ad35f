"""The places of the archive's copies, as the instance itself reaches them by ssh: room, and which
copies are there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import filled
from wizard.answers import Answers
from wizard.model.facts import Fact

_FREE = re.compile(r"^free (\d+)$", re.MULTILINE)
_FILE = re.compile(r"^(\d+) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class PlaceSeen:
    """What one place has."""

    error: str = ""
    """What ssh or the place said when it cannot be used."""
    free: int = 0
    """In bytes."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Bytes by name."""


def ssh(answers: Answers, program: str = "ssh") -> tuple[str, ...]:
    """The beginning of every call of ssh on the instance: it never asks, and gives up within
    seconds.
    """
    options = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15")
    file = answers.archive.ssh_config
    return (program, "-F", file, *options) if file else (program, *options)


def parse(text: str) -> dict[str, PlaceSeen]:
    """Read, per "== place" line, the free KiB and "BYTES NAME" lines, or what was said instead."""
    places: dict[str, PlaceSeen] = {}
    for part in text.split("== ")[1:]:
        place, _, said = part.partition("\n")
        free = _FREE.search(said)
        if free is None:
            places[place] = PlaceSeen(error=" ".join(said.split()) or "ssh said nothing")
            continue
        files = {name: int(size) for size, name in _FILE.findall(said[free.end() :])}
        places[place] = PlaceSeen(free=int(free[1]) * 1024, files=files)
    return places


_LOOK = """d=@FOLDER
p=$d; while [ ! -d "$p" ]; do p=${p%/*}; p=${p:-/}; done
[ -w "$p" ] || { echo "$p cannot be written by $(id -un)"; exit 1; }
df -kP "$p" | awk 'NR == 2 { print "free " $4 }'
for f in "$d"/*.sql.gz "$d"/*.age; do
  [ ! -f "$f" ] || stat -c '%s %n' "$f" | sed "s|$d/*||"
done"""


def script(answers: Answers, host: str) -> str:
    """Ask each place; a folder that is not there yet is looked for further up."""
    lines = []
    for place in answers.archive.places:
        target, _, folder = place.partition(":")
        look = filled(_LOOK, {"FOLDER": shlex.quote(folder)})
        lines.append(f"echo '== {place}'\n{shlex.join((*ssh(answers), target, look))} 2>&1")
    return "\n".join(lines)


PLACES: Fact[Mapping[str, PlaceSeen]] = Fact(name="archive-places", script=script, parse=parse)
