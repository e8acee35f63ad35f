"""What the last looks that cost too much for a fact have said: `gnt-cluster verify`, and each
guest's console.

A step runs such a look as a command, which leaves its result on the node; the fact reads that, with
what the result depends on: a verification counts for one configuration and one boot of the master.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import files, sections
from wizard.model.step import Fact

FOLDER = "/var/lib/ganeti-wizard/reports"
VERIFY = f"{FOLDER}/verify"
_HEAD = re.compile(r"^serial (\d*) boot (\S*) rc (\d+) at (\d+)$", re.MULTILINE)
_ERROR = re.compile(r"^.*?- (ERROR|WARNING):([A-Z0-9_]*):(\w*):([^:]*):(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Complaint:
    """One line of `gnt-cluster verify --error-codes`: level, code, what it concerns, its name, and
    the message.
    """

    level: str
    code: str
    domain: str
    item: str
    message: str


@dataclass(frozen=True)
class Reports:
    """`boot` is the host's boot id, `now` its clock. The verification is of the configuration
    `serial` in boot `verified_in` (both empty when there is none). `prompts` are the login prompts
    that consoles showed, by instance uuid.
    """

    boot: str = ""
    now: int = 0
    serial: str = ""
    verified_in: str = ""
    rc: int = -1
    ended: int = 0
    complaints: tuple[Complaint, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)

    @property
    def age(self) -> int:
        """Seconds since the verification ended, by the host's own clock."""
        return self.now - self.ended

    @property
    def errors(self) -> tuple[Complaint, ...]:
        """The complaints that count as errors."""
        return tuple(one for one in self.complaints if one.level == "ERROR")

    def current(self, serial: int) -> bool:
        """Whether the verification is of this configuration, made since the last boot."""
        return self.serial == str(serial) and bool(self.boot) and self.verified_in == self.boot


def parse(text: str) -> Reports:
    """Read the clock and the boot id, then the files of the folder."""
    clock, _, rest = text.partition("\n")
    boot, _, rest = rest.partition("\n")
    found = sections(rest)
    verified = found.get(VERIFY, "")
    head = _HEAD.search(verified)
    prompts = {
        path.rpartition("/console-")[2]: body.strip()
        for path, body in found.items()
        if path.startswith(f"{FOLDER}/console-")
    }
    return Reports(
        boot=boot.strip(),
        now=int(clock) if clock.isdigit() else 0,
        serial=head.group(1) if head else "",
        verified_in=head.group(2) if head else "",
        rc=int(head.group(3)) if head else -1,
        ended=int(head.group(4)) if head else 0,
        complaints=tuple(
            Complaint(*(word.strip() for word in row)) for row in _ERROR.findall(verified)
        ),
        prompts=prompts,
    )


REPORTS = Fact(
    name="reports",
    script=(
        "date +%s; cat /proc/sys/kernel/random/boot_id; "
        f"{files(f'{FOLDER}/verify {FOLDER}/console-*')}"
    ),
    parse=parse,
)
