"""Texts of one fact from several recordings, made into what one machine would say."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from tests.cases import case_path, content
from tests.play.recordings import GUEST_KEY

VAULT_DISK = {
    "minors": [2, 2],
    "name": "vault",
    "size": 400,
    "type": "drbd",
    "uuid": "5ec00000-0000-4000-8000-000000000002",
    "volumes": ["5ec00000.disk2_data", "5ec00000.disk2_meta"],
}
VAULT_REPLICA = (
    " 2: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n"
    "    ns:0 nr:409600 dw:409600 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
)
RESTORE_TEST = "==> /var/lib/ganeti-wizard/restore-test.json <=="
"""How the last restore test ended; recorded with restic, and as good with Bacula."""


def joined(fact: str, before: str, now: str) -> str:
    """What a fact says after a step, given what it said before and what the recording says."""
    now = now.replace(*GUEST_KEY)
    if fact == "ganeti" and now:
        return _same_replication(now)
    if not before or not now:
        return now or before
    if fact == "packages":
        return _packages(before, now)
    if fact in ("backup-client", "backup-place"):
        return _sections(before, now)
    return now


def sections(text: str) -> dict[str, str]:
    """A text cut at its headings (`==> FILE <==`, `== state`): heading → section with heading."""
    parts = re.split(r"(?m)^(?===)", text)
    return {part.partition("\n")[0]: part for part in parts if part.strip()}


def _sections(before: str, now: str) -> str:
    """A file stays as it was unless the later recording has it; the state comes last, as ever."""
    later = sections(now)
    if list(later) == [RESTORE_TEST] and "KIND=central" in before:
        later[RESTORE_TEST] = later[RESTORE_TEST].replace('"simple"', '"central"')
    both = {**sections(before), **later}
    state = both.pop("== state", "")
    return "".join([*both.values(), state])


def _packages(before: str, now: str) -> str:
    """Each recording asked for other packages; an installed one stays installed."""
    lines = {}
    for line in [*before.splitlines(), *now.splitlines()]:
        state, name, _ = line.split("\t")
        installed_before = lines.get(name, "").startswith("ii")
        if not (installed_before and state.startswith("un")):
            lines[name] = line
    return "".join(f"{lines[name]}\n" for name in sorted(lines))


def _same_replication(text: str) -> str:
    """Some recordings were made before the product set DRBD's limits, or with others."""
    ganeti = json.loads(text)
    if ganeti["config"]:
        ganeti["config"]["drbd"] = _replication()
    return json.dumps(ganeti)


@cache
def _replication() -> dict[str, str]:
    """DRBD's settings as the step `cluster` leaves them."""
    recorded = content(case_path("cluster", "done"))["facts"]["node1"]["ganeti"]
    settings: dict[str, str] = json.loads(recorded)["config"]["drbd"]
    return settings


def with_vault_disk(texts: dict[str, str]) -> None:
    """What a node says once the instance has its third disk; no recording has both."""
    ganeti: dict[str, Any] = json.loads(texts["ganeti"])
    config = ganeti["config"]
    disk = {**VAULT_DISK, "nodes": config["disks"][0]["nodes"]}
    config["disks"].append(disk)
    config["instances"][0]["disks"].append(disk["uuid"])
    texts["ganeti"] = json.dumps(ganeti)
    texts["replicas"] = texts["replicas"].replace("== show", f"{VAULT_REPLICA}== show")
