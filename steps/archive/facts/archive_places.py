"""The places of the archive's copies, as the instance itself reaches them by ssh: room, and which
copies are there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.answers import Answers
from wizard.model.step import Fact

_FILE = re.compile(r"^(\d+) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class PlaceSeen:
    """`error` is what ssh or the place said when it cannot be used; `free` in bytes; `files` bytes
    by name.
    """

    error: str = ""
    free: int = 0
    files: Mapping[str, int] = field(default_factory=dict)


def ssh(answers: Answers, program: str = "ssh") -> tuple[str, ...]:
    """The beginning of every call of ssh on the instance: it never asks, and gives up within
    seconds.
    """
    options = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15")
    file = answers.archive.ssh_config
    return (program, *(("-F", file) if file else ()), *options)


def parse(text: str) -> dict[str, PlaceSeen]:
    """Read, per "== place" line, the free KiB and "BYTES NAME" lines, or what was said instead."""
    found: dict[str, PlaceSeen] = {}
    for part in text.split("== ")[1:]:
        place, _, rest = part.partition("\n")
        free = re.search(r"^free (\d+)$", rest, re.MULTILINE)
        if free is None:
            found[place] = PlaceSeen(error=" ".join(rest.split()) or "ssh said nothing")
            continue
        files = {name: int(size) for size, name in _FILE.findall(rest[free.end() :])}
        found[place] = PlaceSeen(free=int(free.group(1)) * 1024, files=files)
    return found


def script(answers: Answers, host: str) -> str:
    """Ask each place; a folder that is not there yet is looked for further up."""
    lines = []
    for place in answers.archive.places:
        target, _, path = place.partition(":")
        look = (
            f'd={shlex.quote(path)}; p=$d; while [ ! -d "$p" ]; do p=${{p%/*}}; p=${{p:-/}}; done; '
            '[ -w "$p" ] || { echo "$p cannot be written by $(id -un)"; exit 1; }; '
            'df -kP "$p" | awk \'NR == 2 { print "free " $4 }\'; '
            'for f in "$d"/*.sql.gz "$d"/*.age; do [ ! -f "$f" ] || stat -c \'%s %n\' "$f" '
            '| sed "s|$d/*||"; done'
        )
        lines.append(f"echo '== {place}'\n{shlex.join((*ssh(answers), target, look))} 2>&1")
    return "\n".join(lines)


PLACES: Fact[Mapping[str, PlaceSeen]] = Fact(name="archive-places", script=script, parse=parse)
