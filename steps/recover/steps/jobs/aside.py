"""Jobs that were given before a master was lost must not run by themselves afterwards.

Whoever becomes master runs what lies queued in its own folder (Ganeti 3.0.2, JQScheduler.hs, 534),
hours later perhaps, when nobody remembers it. Each candidate has a copy of the folder, so the
survivor's is cleared before it leads, and that of a node which comes back before it is taken in: a
re-add does not clear it, and the node would run those jobs on the day on which it leads again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steps.recover.facts.stalled import STALLED
from steps.recover.scene import Scene
from wizard.model.accident import Case
from wizard.model.step import Command, Finding

ASIDE = """set -e; folder=$1; shift; mkdir -p -m 700 "$folder"; cd /var/lib/ganeti/queue
for job do [ ! -e "job-$job" ] || mv "job-$job" "$folder/"; done"""


def queued(scene: Scene, host: str) -> tuple[int, ...]:
    """The jobs that a node has queued and not begun: those that it would run as master."""
    stalled = scene.read(host, STALLED)
    return tuple(job.id for job in stalled.jobs if job.status == "queued") if stalled else ()


def unknown_queue(scene: Scene, host: str) -> Iterator[Finding]:
    """A node whose queue could not be read may run anything as soon as it leads."""
    if scene.read(host, STALLED) is None:
        what = "its job queue could not be read: what is queued there would run under a new master"
        yield Finding(host, what, mend="look again")


def forgotten(scene: Scene, host: str) -> tuple[int, ...]:
    """The jobs queued on a node of which the master knows nothing: they are of an earlier life."""
    known = scene.read(scene.master, STALLED)
    if known is None or host == scene.master:
        return ()
    under_way = {job.id for job in known.jobs}
    return tuple(number for number in queued(scene, host) if number not in under_way)


def set_aside(
    case: Case, host: str, jobs: Sequence[int], why: str, *, stage: int = 0
) -> Iterator[Command]:
    """Move them out of Ganeti's sight; nothing where there are none. luxid must not run there."""
    numbers = [str(number) for number in jobs]
    if numbers:
        folder = f"/var/lib/ganeti-wizard/recover/{case.accident}/queue"
        yield Command(
            host,
            ("sh", "-c", ASIDE, "aside", folder, *numbers),
            why,
            undo=f"move them back from {folder}, while luxid does not run",
            title=f"set the queued jobs {', '.join(numbers)} aside",
            stage=stage,
        )
