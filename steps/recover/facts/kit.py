"""What a build left on a server for a day when the operator's machine is gone: its answers, and
where the copies of the configuration go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address

from steps.backup.facts.configbackup import CONF
from steps.backup.facts.kit import ANSWERS
from steps.common.facts.texts import fields
from wizard.answers.reading import LARGEST
from wizard.answers.section import is_full
from wizard.model.facts import Fact

KIT_ANSWERS: Fact[str] = Fact(
    name="kit-answers",
    script=f"head -c {LARGEST} {ANSWERS}",
    parse=str,
)
"""The text of the answers' file; it is understood like any other, and believed as little."""


@dataclass(frozen=True)
class BackupTold:
    """The machine that the copies go to, as the server knows it; "" where it is not told."""

    ip: str = ""
    name: str = ""


def parse(text: str) -> BackupTold:
    """Read `name: value` lines; what is no address or no full name counts as not told."""
    values = fields(text)
    ip = values.get("ip", "")
    name = values.get("name", "")
    return BackupTold(
        ip=str(IPv4Address(ip)) if _IP.fullmatch(ip) else "",
        name=name if is_full(name) else "",
    )


_IP = re.compile(r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}")

BACKUP_TOLD = Fact(
    name="backup-told",
    script=rf"""place=$(sed -n "s/^PLACE=//p" {CONF} | tr -d \'\" | head -n 1)
ip=${{place#*@}}
[ -n "$ip" ] || exit
echo "ip: $ip"
name=$(timeout 5 getent hosts "$ip" | awk '{{ print $2; exit }}')
echo "name: $name"
""",
    parse=parse,
)
