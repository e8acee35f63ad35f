"""What stands still on a master though its daemons run: jobs that nobody works on, locks of
processes that are gone, instances that the watcher has given up.

`JOBS` has what the build asks of the queue. Here it is the state of each whole job, its age, and
whether its process lives: Ganeti marks a living one by a lock on a file of its own (its livelock).
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.plain import plain_json
from wizard.model.facts import Fact

WATCHER_TRIES = 5
"""After so many starts the watcher leaves an instance alone for eight hours (Ganeti 3.0.2,
lib/watcher/__init__.py, MAXTRIES; state.py, RETRY_EXPIRATION).
"""
STARTED = ("waiting", "running", "canceling")
"""States of a job that a process of its own works on."""

PROGRAM = r"""
import fcntl, glob, json, os, re, struct, time
DATA = "/var/lib/ganeti"
NOW = int(time.time())
FINAL = ("error", "canceling", "canceled")

def status_of(ops):
    status, succeeded = "queued", True
    for op in ops:
        state = op.get("status")
        if state in FINAL:
            return state
        succeeded = succeeded and state == "success"
        if state not in ("success", "queued"):
            status = state
    return "success" if succeeded else status

def alive(path):
    try:
        with open(path) as file:
            asked = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 0, 0, 0)
            told = fcntl.fcntl(file, fcntl.F_GETLK, asked)
            return struct.unpack_from("h", told)[0] != fcntl.F_UNLCK
    except FileNotFoundError:
        return False
    except OSError:
        return None

def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None

def loaded(path):
    try:
        with open(path) as file:
            return parsed(file.read())
    except (OSError, ValueError):
        return None

def jobs():
    for path in glob.glob(DATA + "/queue/job-*"):
        job = loaded(path) if re.fullmatch(r"job-\d+", os.path.basename(path)) else None
        if not isinstance(job, dict):
            continue
        ops = job.get("ops") or []
        status = status_of(ops)
        if status in ("success", "error", "canceled"):
            continue
        since = job.get("start_timestamp") or job.get("received_timestamp") or [NOW]
        yield {
            "id": job["id"], "status": status, "age": NOW - int(since[0]),
            "op": str((ops[0].get("input") or {}).get("OP_ID") or ""),
            "alive": alive(job["livelock"]) if job.get("livelock") else None,
        }

def owners(value):
    if isinstance(value, str) and value.startswith("[") and "/livelocks/" in value:
        # An owner may be the key of an object, written as JSON within JSON.
        value = parsed(value)
    if isinstance(value, dict):
        value = list(value.items())
    if not isinstance(value, (list, tuple)):
        return
    if len(value) == 3 and isinstance(value[1], str) and "/livelocks/" in value[1]:
        yield str(value[0]), value[1]
    for part in value:
        yield from owners(part)

def dead_owners():
    held = loaded(DATA + "/locks.data")
    return sorted({name for name, path in owners(held) if alive(path) is False})

def tried():
    for path in glob.glob(DATA + "/watcher.*.data"):
        for name, known in ((loaded(path) or {}).get("instance") or {}).items():
            when = int(known.get("restart_when") or 0)
            if NOW - when < 8 * 3600:
                yield {"name": name, "tries": int(known.get("restart_count") or 0)}

print(json.dumps({
    "jobs": sorted(jobs(), key=lambda row: row["id"]),
    "dead": dead_owners(),
    "tried": sorted(tried(), key=lambda row: row["name"]),
}, indent=1, sort_keys=True))
"""
"""A job's state is Ganeti's calcJobStatus (src/Ganeti/JQueue.hs). F_GETLK asks for a lock and takes
none: a process that is just being started would die of one (Utils/Livelock.hs, isDead, takes it).
"""


@dataclass(frozen=True)
class Unfinished:
    """A job that is not at its end: `age` in seconds since it was started, else given; `alive` is
    None where no process is known to work on it.
    """

    id: int
    status: str
    age: int
    op: str = ""
    alive: bool | None = None


@dataclass(frozen=True)
class Tried:
    """How often the watcher started an instance in vain, within the last eight hours."""

    name: str
    tries: int


@dataclass(frozen=True)
class Stalled:
    """Jobs that are not at their end; `dead` are the owners of locks whose process is gone: numbers
    of jobs, or names of programs.
    """

    jobs: tuple[Unfinished, ...] = ()
    dead: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()

    @property
    def given_up(self) -> frozenset[str]:
        """The instances that the watcher starts no more."""
        return frozenset(one.name for one in self.tried if one.tries >= WATCHER_TRIES)


def parse(text: str) -> Stalled:
    """Read the JSON of `PROGRAM`; an empty text means that there is no queue."""
    if not text.strip():
        return Stalled()
    data = plain_json(text)
    return Stalled(
        jobs=tuple(Unfinished(**row) for row in data["jobs"]),
        dead=tuple(data["dead"]),
        tried=tuple(Tried(**row) for row in data["tried"]),
    )


STALLED = Fact(
    name="ganeti-stalled",
    script=f"[ -d /var/lib/ganeti/queue ] || exit\npython3 - <<'GW_PROGRAM'{PROGRAM}GW_PROGRAM",
    parse=parse,
)
"""Files: Ganeti's lib/pathutils.py; src/Ganeti/JQueue/Objects.hs; src/Ganeti/Locking/Locks.hs."""
