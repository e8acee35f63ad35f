"""What a node has of the hourly copies of the cluster's configuration."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.backup.facts.backup import record_of
from steps.backup.hosts import ETC, KEY, KNOWN, LIBRARY, STATE
from steps.common import units
from steps.common.facts.texts import fields, files, filled, sections
from steps.common.grammar import public_key
from steps.common.times import elapsed
from wizard.answers import Answers
from wizard.model.facts import Fact

TIMER = "gw-config-backup.timer"
SERVICE = "gw-config-backup.service"
PROGRAM = "/usr/local/sbin/gw-config-backup"
CONF = f"{ETC}/config-backup.conf"
UNITS = (f"{units.FOLDER}/{TIMER}", f"{units.FOLDER}/{SERVICE}")
RECORD = f"{STATE}/config-backup.json"


@dataclass(frozen=True)
class ConfigBackup:
    """What one node has of the copies."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Our files, by path."""
    key: str = ""
    """The node's public key for the backup host."""
    timer: bool = False
    """Whether it is enabled, active and read anew."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """How the last run ended; empty when there was none or it cannot be read."""
    now: int = 0
    """The node's clock, in seconds since 1970."""
    cluster: bool = False
    """Whether the node belongs to a cluster."""

    @property
    def age(self) -> int | None:
        """Seconds since the last good copy; None when there is none, or it is still to come."""
        last_good = self.record.get("last_good")
        if isinstance(last_good, int) and last_good > 0:
            return elapsed(self.now, last_good)
        return None


def parse(text: str) -> ConfigBackup:
    """Read the files, then after "== state" lines of `name: value`."""
    head, _, tail = text.partition("== state\n")
    texts = sections(head.removesuffix("\n"))
    values = fields(tail)
    record = record_of(texts.pop(RECORD, ""))
    return ConfigBackup(
        texts=texts,
        key=public_key(values.get("key", "")),
        timer=set(values.get("timer", "").split()) == {"enabled", "active", "no"},
        record=record,
        now=int(values.get("now", "0") or 0),
        cluster=values.get("cluster") == "yes",
    )


_STATE = r"""
echo; echo '== state'
echo "now: $(date +%s)"
echo "key: $(cat @KEY.pub)"
timer=$(systemctl show -P UnitFileState -P ActiveState -P NeedDaemonReload @TIMER)
echo "timer:" $timer
[ -s /var/lib/ganeti/config.data ] && echo 'cluster: yes'"""


def _script(answers: Answers, host: str) -> str:
    if host not in [node.short for node in answers.nodes]:
        return ":"
    paths = [LIBRARY, PROGRAM, CONF, KNOWN, *UNITS, RECORD]
    return files(shlex.join(paths)) + filled(_STATE, {"KEY": KEY, "TIMER": TIMER})


CONFIG_BACKUP = Fact(name="config-backup", script=_script, parse=parse)
"""`systemctl show`, and our own files and record."""
