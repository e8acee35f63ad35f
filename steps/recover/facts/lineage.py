"""Which life of the configuration a node holds, beyond what `GANETI` reads of it.

A node that was away still names the master that it knew. What tells the lives apart: the serial
with its time, which nodes it has marked offline, and the note that a takeover leaves.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

from steps.common.facts.texts import fields
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

TAKEOVER = "/var/lib/ganeti-wizard/takeover.json"
"""Left by a takeover on the nodes and on the backup host, mode 644; a later one replaces it."""
VERSION = 1
"""Version of the note's form. One without it is read as the first."""


@dataclass(frozen=True)
class Takeover:
    """Who became master, from whom, by full names, and when (seconds since 1970); empty where there
    was none.
    """

    master: str = ""
    former: str = ""
    time: int = 0

    @property
    def text(self) -> str:
        """It as the file `TAKEOVER` has it: one JSON object, which `schema` describes."""
        return json.dumps({"version": VERSION, **asdict(self)}) + "\n"


@dataclass(frozen=True)
class Lineage:
    """What stands in /var/lib/ganeti beside the configuration itself."""

    mtime: int = 0
    """When config.data was last written; 0 where there is none."""
    offline: tuple[str, ...] = ()
    """ssconf_offline_nodes."""
    paused: int = 0
    """Until when the watcher is paused on this node, 0 when it is not."""
    paused_since: int = 0
    """When that was written; 0 where it is not known."""
    paused_by_us: bool = False
    """Whether a runbook wrote it: with a blank before the number, which both of Ganeti's readers
    skip (lib/utils/io.py, ReadWatcherPauseFile; src/Ganeti/Query/Cluster.hs, isWatcherPaused), and
    which neither `gnt-cluster watcher pause` nor a person writes.
    """
    drained: bool = False
    """Whether the job queue takes no new jobs."""
    release: str = ""
    """ssconf_release_version."""
    takeover: Takeover = field(default_factory=Takeover)


def schema() -> dict[str, Any]:
    """The JSON schema of a takeover's note."""
    form = TypeAdapter(Takeover).json_schema()
    version = {"const": VERSION, "description": "Version of the form"}
    return {
        **form,
        "properties": {"version": version, **form["properties"]},
        "required": ["version", *form["properties"]],
    }


def takeover(text: str) -> Takeover:
    """Read the JSON of a takeover's note; whatever is no such note counts as none."""
    try:
        data: Any = plain_json(text)
        if data.get("version", VERSION) != VERSION:
            return Takeover()
        return Takeover(str(data["master"]), str(data["former"]), int(data["time"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Takeover()


def parse(text: str) -> Lineage:
    """Read `name: value` lines, then the takeover's note after "== takeover"."""
    head, _, note = text.partition("== takeover\n")
    values = fields(head)
    # Seconds since 1970, written with a fraction.
    paused = re.match(r"\d+", values.get("pause", ""))
    return Lineage(
        mtime=_seconds(values.get("mtime", "")),
        offline=tuple(values.get("offline", "").split()),
        paused=int(paused[0]) if paused else 0,
        paused_since=_seconds(values.get("pause since", "")),
        paused_by_us=values.get("pause by") == "us",
        drained=values.get("drained") == "yes",
        release=values.get("release", ""),
        takeover=takeover(note),
    )


def _seconds(text: str) -> int:
    return int(text) if text.isdigit() else 0


LINEAGE = Fact(
    name="lineage",
    script=rf"""cd /var/lib/ganeti || exit
echo "mtime: $(stat -c %Y config.data)"
echo "offline:" $(cat ssconf_offline_nodes)
echo "release: $(cat ssconf_release_version)"
echo "pause: $(head -c 40 watcher.pause)"
echo "pause since: $(stat -c %Y watcher.pause)"
grep -q '^ ' watcher.pause && echo 'pause by: us'
[ -e queue/drain ] && echo 'drained: yes'
echo '== takeover'
head -c 2000 {TAKEOVER}""",
    parse=parse,
)
"""Names of the files: Ganeti's lib/pathutils.py and lib/ssconf.py."""
