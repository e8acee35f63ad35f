"""Ganeti's own jobs: submitted with --submit --print-jobid, followed, found again after any
interruption.
"""

from __future__ import annotations

import re
import threading

from wizard.base.errors import Unreachable, WizardError
from wizard.hosts.host import Host, OnOutput
from wizard.model.flight import Flight
from wizard.remote import stream
from wizard.remote.kind import Carrier, Order, Settled, Words

LIVE = frozenset({"queued", "waiting", "running", "canceling"})
"""A job in one of these states is not over (gnt-job(8), LIST)."""
OVER = frozenset({"success", "error", "canceled"})
TIMEOUT = 90.0
_SILENT_WATCH = 'exec nice -n 19 gnt-job watch "$1" 2>/dev/null'
"""Watching gives way to the job: Ganeti's calls between the nodes fail after 10 s, which a busy
dom0 easily takes.
"""


class UnknownJob(WizardError):
    """Ganeti has no job of that number: its queue was lost, or is another cluster's."""


def job_id(output: str) -> int:
    """The number that a submission prints: alone on a line (--print-jobid), as "JobID: 12"
    (--submit), or as "12: NAME", which is all that startup, reboot and reinstall print
    (cli.JobExecutor.WaitOrShow).

    Raises WizardError when there is none: then whether a job was made is to be looked up.
    """
    found = re.findall(r"^(?:JobID: )?(\d+)(?:: \S+)?\s*$", output, re.MULTILINE)
    if not found:
        raise WizardError(
            f"Ganeti printed no job number: {output.strip()[-300:] or 'nothing at all'}",
            mend="look whether the job exists: gnt-job list",
        )
    return int(found[-1])


def status(host: Host, job: int) -> str:
    """One of LIVE or OVER. Raises Unreachable when Ganeti does not answer, UnknownJob, or
    WizardError.
    """
    argv = ("gnt-job", "list", "--no-headers", "--separator=:", "-o", "status", str(job))
    result = host.run(argv, timeout=TIMEOUT)
    state = result.out.strip()
    if state in LIVE | OVER:
        return state
    said = (result.err or result.out).strip()
    if re.search(
        r"not found|unknown|no such|^\?|does not exist",
        f"{state}\n{said}",
        re.IGNORECASE | re.MULTILINE,
    ):
        raise UnknownJob(
            f"Ganeti does not know job {job}: {said}", where=host.name, mend="gnt-job list"
        )
    raise Unreachable(
        f"Ganeti does not answer (exit {result.rc}): {said}",
        where=host.name,
        mend="check its daemons on the master: systemctl status ganeti; gnt-cluster getmaster",
    )


def follow(host: Host, job: int, on_output: OnOutput, stop: threading.Event) -> int:
    """Pass on the job's messages until it ends; 0 for success, 1 for error or canceled.

    A broken link and a Ganeti that does not answer are waited out, ten minutes at most
    (ConnectionLost). Raises LeftRunning when `stop` is set: the job goes on.
    """
    shown = stream.Shown(on_output)

    def attempt() -> int | None:
        shown.again(from_line=False)
        stream.stream(host, ("sh", "-c", _SILENT_WATCH, "watch", str(job)), shown.take, stop)
        state = status(host, job)
        if state in LIVE:
            return None
        if state != "success":
            on_output(_reason(host, job, state))
        return 0 if state == "success" else 1

    return stream.persist(host, attempt, on_output, stop)


def _reason(host: Host, job: int, state: str) -> str:
    """Why a job did not succeed, in Ganeti's words: `watch` on a job that is over prints it to its
    stderr.
    """
    said = host.run(("gnt-job", "watch", str(job)), timeout=TIMEOUT).err.strip()
    return f"job {job} ended as {state}{': ' if said else ''}{said}\n"


class Job(Carrier):
    """Submitted, then followed by its number, which the journal has."""

    words = Words(
        about="runs as a Ganeti job: it goes on if the link or the wizard ends",
        running="RUNNING",
        leaving="goes on as a job; it is followed again later",
    )

    def start(self, order: Order) -> int | None:
        """Submit it; an exit code only when Ganeti refused."""
        command = order.command
        result = order.host.run(command.guarded, stdin=order.stdin, on_output=order.on_output)
        if result.rc != 0:
            return result.rc
        order.remember("job", job_id(result.out))
        return None

    def follow(
        self, flight: Flight, host: Host, on_output: OnOutput, leave: threading.Event
    ) -> int:
        """Until Ganeti says that it is over."""
        return follow(host, flight.job, on_output, leave)

    def settle(self, flight: Flight, host: Host) -> Settled | None:
        """By its state in Ganeti's queue."""
        try:
            state = status(host, flight.job)
        except UnknownJob as error:
            return Settled(f"{error.what}; the facts decide", ok=False)
        if state in LIVE:
            return None
        rc = 0 if state == "success" else 1
        return Settled(f"job {flight.job} has ended: {state}", ok=rc in flight.ok)

    def traced(self, flight: Flight) -> bool:
        """By its number."""
        return bool(flight.job)
