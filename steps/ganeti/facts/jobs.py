"""Ganeti's job queue, read from its files: the jobs that are not finished and how the last ones
ended.

`gnt-job list` costs seconds and answers only while the master daemon runs; the files under
/var/lib/ganeti/queue are what that daemon itself reads (Ganeti's job queue design). Of an operation
only its name, its node, its instance, its status and, when it failed, its message are printed:
parameters may be secret. The watcher has luxid archive all jobs that ended six hours ago
(lib/watcher/__init__.py, job_age), ten thousand numbers a folder.
"""

from __future__ import annotations

from dataclasses import dataclass

from steps.common.python import LEAN
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

FINAL = frozenset({"success", "error", "canceled"})

PROGRAM = r"""
import json, os, re
Q = "/var/lib/ganeti/queue"
# The watcher gives these every five minutes, and archives each at once.
DULL = ("OP_CLUSTER_VERIFY_DISKS", "OP_GROUP_VERIFY_DISKS")
# Jobs of a folder that are looked at, the newest: what the watcher gives in a week, and some more.
WEEK = 7 * 24 * 12 + 300

def text(path):
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError):
        return ""

def jobs(folder):
    try:
        names = [n for n in os.listdir(folder) if re.fullmatch(r"job-\d+", n)]
    except OSError:
        return
    for name in sorted(names, key=lambda n: int(n[4:]))[-WEEK:]:
        raw = text(os.path.join(folder, name))
        if folder != Q and any(op in raw for op in DULL):
            # Over; nearly all are such ones, and to read them as JSON takes the longest.
            continue
        try:
            yield json.loads(raw)
        except ValueError:
            continue

def archives():
    try:
        names = [n for n in os.listdir(Q + "/archive") if n.isdigit()]
    except OSError:
        return []
    return [os.path.join(Q, "archive", n) for n in sorted(names, key=int)[-2:]]

def message(op):
    return str(op.get("result"))[:300] if op.get("status") == "error" else ""

def described(job, op):
    given = op.get("input", {})
    return {
        "id": job["id"], "op": given.get("OP_ID"), "status": op.get("status"),
        "node": given.get("node_name") or "", "instance": given.get("instance_name") or "",
        "message": message(op),
    }

ENDED = ("success", "error", "canceled")
seen = {}
for folder in [*archives(), Q]:
    for job in jobs(folder):
        for op in job.get("ops", []):
            row = described(job, op)
            if row["status"] not in ENDED:
                seen[job["id"]] = row
            elif row["op"] not in DULL:
                seen[(row["op"], row["node"], row["instance"])] = row
print(json.dumps(sorted(seen.values(), key=lambda row: row["id"]), indent=1, sort_keys=True))
"""


@dataclass(frozen=True)
class Job:
    """One operation: `op` as Ganeti calls it (OP_NODE_ADD), full names of its node and instance or
    "".
    """

    id: int
    op: str
    status: str
    node: str = ""
    instance: str = ""
    message: str = ""

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.status not in FINAL


@dataclass(frozen=True)
class Queue:
    """All unfinished operations, and the last finished one of each sort and target; the oldest
    first.
    """

    jobs: tuple[Job, ...] = ()

    def live(self, *ops: str, node: str = "", instance: str = "") -> tuple[Job, ...]:
        """Unfinished operations of these sorts on a node or instance ("" for any)."""
        return tuple(
            job
            for job in self.jobs
            if job.live
            and job.op in ops
            and node in ("", job.node)
            and instance in ("", job.instance)
        )

    def last(self, *ops: str, instance: str) -> Job | None:
        """The latest operation among these sorts on an instance."""
        for job in reversed(self.jobs):
            if job.op in ops and job.instance == instance:
                return job
        return None


def parse(text: str) -> Queue:
    """Read the JSON of `PROGRAM`."""
    if not text.strip():
        return Queue()
    return Queue(tuple(Job(**row) for row in plain_json(text)))


JOBS = Fact(
    name="ganeti-jobs",
    script=f"[ -d /var/lib/ganeti/queue ] || exit\n{LEAN} - <<'GW_PROGRAM'{PROGRAM}GW_PROGRAM",
    parse=parse,
)
