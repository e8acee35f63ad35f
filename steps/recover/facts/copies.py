"""The copies of the cluster's configuration, by their names NODE-TIME-SERIAL.tar.gz, on a node and
on the backup host; each node's last sign of life there; and the note of a takeover.
"""

from __future__ import annotations

import calendar
import re
import shlex
import time
from dataclasses import dataclass, field

from steps.backup.hosts import ACCOUNT, HEARTBEAT, REPOSITORY, STATE
from steps.recover.facts.lineage import TAKEOVER, Takeover, takeover
from wizard.answers import Answers
from wizard.model.facts import Fact

_BEAT = re.compile(r"alive: ([\w.-]+) (\d{1,12})", re.ASCII)
_NAME = re.compile(r"([\w.-]+)-(\d{8}T\d{6}Z)-(\d+)\.tar\.gz")


@dataclass(frozen=True)
class Kept:
    """One copy: of which node (short name), made when (seconds since 1970), which serial."""

    node: str
    time: int
    serial: int


@dataclass(frozen=True)
class Copies:
    """The newest copy of each node, by node; and a takeover's note."""

    newest: tuple[Kept, ...] = ()
    alive: tuple[tuple[str, int], ...] = ()
    """When each node (short name) left its hourly sign of life, in seconds since 1970 by the clock
    of the machine that was looked at: the backup host.
    """
    takeover: Takeover = field(default_factory=Takeover)

    def of(self, node: str) -> Kept | None:
        """The newest copy that a node made."""
        for kept in self.newest:
            if kept.node == node:
                return kept
        return None

    def lived(self, node: str) -> int:
        """When a node left its last sign of life; 0 where it left none."""
        return dict(self.alive).get(node, 0)


def parse(text: str) -> Copies:
    """Read names of archives, then the note after "== takeover"."""
    head, _, note = text.partition("== takeover\n")
    newest: dict[str, Kept] = {}
    alive: dict[str, int] = {}
    for line in head.splitlines():
        beat = _BEAT.fullmatch(line.strip())
        if beat is not None:
            alive[beat[1]] = int(beat[2])
        name = _NAME.fullmatch(line.strip())
        if name is None:
            continue
        try:
            made = calendar.timegm(time.strptime(name[2], "%Y%m%dT%H%M%SZ"))
        except ValueError:
            continue
        kept = Kept(name[1], made, int(name[3]))
        known = newest.get(kept.node)
        if known is None or known.time < kept.time:
            newest[kept.node] = kept
    return Copies(
        tuple(newest[node] for node in sorted(newest)),
        tuple(sorted(alive.items())),
        takeover(note),
    )


def _script(answers: Answers, host: str) -> str:
    beats = ""
    if host in [node.short for node in answers.nodes]:
        folders = [f"{STATE}/config"]
    else:
        folders = []
        for node in answers.nodes:
            folder = f"{answers.backup.path}/{ACCOUNT}{node.short}/{REPOSITORY}"
            folders.append(folder)
            beat = shlex.quote(f"{folder}/{HEARTBEAT}")
            beats += f"stat -c 'alive: {node.short} %Y' {beat}\n"
    return (
        f"{beats}find {shlex.join(folders)} -maxdepth 1 -name '*.tar.gz' -printf '%f\\n' | sort\n"
        f"echo '== takeover'\nhead -c 2000 {TAKEOVER}"
    )


COPIES = Fact(name="configuration-copies", script=_script, parse=parse)
