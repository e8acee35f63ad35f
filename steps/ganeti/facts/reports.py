"""What the last looks that cost too much for a fact have said: `gnt-cluster verify`, and each
guest's console.

A step runs such a look as a command, which leaves its result on the node; the fact reads that, with
what the result depends on: a verification counts for one configuration and one boot of the master.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from steps.common.facts.texts import files, sections
from steps.common.times import elapsed
from wizard.model.facts import Fact

FOLDER = "/var/lib/ganeti-wizard/reports"
VERIFY = f"{FOLDER}/verify"
_HEAD = re.compile(
    r"^serial (?P<serial>\d*) boot (?P<boot>\S*) rc (?P<rc>\d+) at (?P<ended>\d+)$", re.MULTILINE
)
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

    @property
    def text(self) -> str:
        """The complaint without its level, as an operator reads it."""
        return f"{self.code}: {self.domain} {self.item}: {self.message}"


_RESERVED = re.compile(r"ghost (?:disk|instance) '[^']*' in temporary DRBD map")
_FREE = (
    "a job that failed has left what it had reserved; while no job runs (gnt-job list "
    "--running): /usr/lib/ganeti/daemon-util stop ganeti-wconfd; mv "
    "/var/lib/ganeti/tempres.data /root; /usr/lib/ganeti/daemon-util start ganeti-wconfd"
)
"""What Ganeti's own people say of it (#1213); seen in 3.0.2 after a disk's failed `--disk add`."""


def mend(complaint: Complaint) -> str:
    """What makes a verification complain no more, as far as that is known."""
    if complaint.code == "ECLUSTERCFG" and _RESERVED.search(complaint.message):
        return _FREE
    return "mend it as gnt-cluster(8), verify, says of that code"


@dataclass(frozen=True)
class Reports:
    """What the looks left on a host, and what they depend on."""

    boot: str = ""
    """The host's boot id now."""
    now: int = 0
    """The host's clock, in seconds since 1970."""
    serial: str = ""
    """The configuration that was verified; "" when there is no verification."""
    verified_in: str = ""
    """The boot in which it was verified."""
    rc: int = -1
    """How the verification ended; -1 when there is none."""
    ended: int = 0
    """When it ended, by the host's clock."""
    complaints: tuple[Complaint, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    """The login prompts that consoles showed, by the instance's uuid."""

    @property
    def age(self) -> int | None:
        """Seconds since the verification ended, by the host's own clock; None when that is still to
        come.
        """
        return elapsed(self.now, self.ended)

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
    bodies = sections(rest)
    reports = Reports(
        boot=boot.strip(),
        now=int(clock) if clock.isdigit() else 0,
        prompts=_prompts(bodies),
    )
    verification = bodies.get(VERIFY, "")
    complaints = []
    for row in _ERROR.findall(verification):
        complaints.append(Complaint(*(word.strip() for word in row)))
    reports = replace(reports, complaints=tuple(complaints))
    head = _HEAD.search(verification)
    if head is None:
        return reports
    return replace(
        reports,
        serial=head["serial"],
        verified_in=head["boot"],
        rc=int(head["rc"]),
        ended=int(head["ended"]),
    )


def _prompts(bodies: Mapping[str, str]) -> dict[str, str]:
    before = f"{FOLDER}/console-"
    prompts = {}
    for path, body in bodies.items():
        if path.startswith(before):
            prompts[path.removeprefix(before)] = body.strip()
    return prompts


REPORTS = Fact(
    name="reports",
    script=(
        "date +%s; cat /proc/sys/kernel/random/boot_id; "
        f"{files(f'{FOLDER}/verify {FOLDER}/console-*')}"
    ),
    parse=parse,
)
