"""What a node has of the hourly copies of the cluster's configuration."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.backup.hosts import ETC, KEY, KNOWN, LIBRARY, STATE
from steps.common.facts.texts import fields, files, sections
from wizard.answers import Answers
from wizard.model.step import Fact

TIMER = "gw-config-backup.timer"
PROGRAM = "/usr/local/sbin/gw-config-backup"
CONF = f"{ETC}/config-backup.conf"
UNITS = (f"/etc/systemd/system/{TIMER}", "/etc/systemd/system/gw-config-backup.service")
RECORD = f"{STATE}/config-backup.json"


@dataclass(frozen=True)
class ConfigBackup:
    """`texts` are our files by path, `key` the node's public key for the backup host, `timer`
    whether it is enabled, active and read anew, `record` how the last run ended, `now` the node's
    clock, `cluster` whether it has one.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    timer: bool = False
    record: Mapping[str, Any] = field(default_factory=dict)
    now: int = 0
    cluster: bool = False

    @property
    def age(self) -> int | None:
        """Seconds since the last good copy; None when there is none."""
        good = self.record.get("last_good")
        return self.now - good if isinstance(good, int) and good > 0 else None


def parse(text: str) -> ConfigBackup:
    """Read the files, then after "== state" lines of `name: value`."""
    head, _, tail = text.partition("== state\n")
    texts, values = sections(head.removesuffix("\n")), fields(tail)
    try:
        record = json.loads(texts.pop(RECORD, ""))
    except ValueError:
        record = {}
    return ConfigBackup(
        texts=texts,
        key=values.get("key", ""),
        timer=set(values.get("timer", "").split()) == {"enabled", "active", "no"},
        record=record if isinstance(record, dict) else {},
        now=int(values.get("now", "0") or 0),
        cluster=values.get("cluster") == "yes",
    )


def _script(answers: Answers, host: str) -> str:
    if host not in [node.short for node in answers.nodes]:
        return ":"
    return f"""{files(shlex.join([LIBRARY, PROGRAM, CONF, KNOWN, *UNITS, RECORD]))}
echo; echo '== state'
echo "now: $(date +%s)"
echo "key: $(cat {KEY}.pub)"
echo "timer: $(systemctl show -P UnitFileState -P ActiveState -P NeedDaemonReload {TIMER} | tr '\\n' ' ')"
[ -s /var/lib/ganeti/config.data ] && echo 'cluster: yes'"""  # noqa: E501


CONFIG_BACKUP = Fact(name="config-backup", script=_script, parse=parse)
"""`systemctl show`, and our own files and record."""
