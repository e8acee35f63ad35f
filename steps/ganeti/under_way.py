"""Work on an instance that is under way: a job of Ganeti's that is followed, and a guest that
boots.
"""

from __future__ import annotations

from steps.ganeti.acting import master_host
from steps.ganeti.facts.jobs import JOBS
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Kind

SSH_SECONDS = 600
AWAIT = """import socket, sys, time
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    try:
        with socket.create_connection((sys.argv[1], 22), 5) as link:
            link.settimeout(10)
            if link.recv(4) == b"SSH-":
                print("ssh answers"); sys.exit(0)
    except OSError as error:
        print("not yet:", error, flush=True)
    time.sleep(3)
sys.exit("ssh does not answer on " + sys.argv[1])"""


def follow(master: str, job: int, why: str, stage: int = 0) -> Command:
    """A command that submits nothing: it names a job that is under way on the master (short name),
    so that the engine follows it.
    """
    return Command(
        host=master,
        argv=("gnt-job", "list", "--no-headers", "-o", "id", str(job)),
        kind=Kind.JOB,
        danger=Danger.READ,
        why=why,
        undo="none needed: it waits for a job that was given before",
        stage=stage,
        minutes=3,
    )


def followed(
    answers: Answers, facts: Facts, name: str, *ops: str, stage: int = 0
) -> Command | None:
    """The command that follows a job of these sorts on an instance (full name); None when none is
    under way.
    """
    master = master_host(answers, facts)
    live = facts.of(master, JOBS).live(*ops, instance=name)
    if not live:
        return None
    why = (
        f"job {live[0].id} ({live[0].op}) works on {name} already; it is followed, not given twice"
    )
    return follow(master, live[0].id, why, stage)


def await_ssh(node: str, address: str, why: str, stage: int = 0) -> Command:
    """Wait on a node (short name) until the guest's ssh server greets, SSH_SECONDS at most."""
    return Command(
        host=node,
        argv=("python3", "-c", AWAIT, address, str(SSH_SECONDS)),
        kind=Kind.UNIT,
        danger=Danger.READ,
        why=why,
        undo="none needed",
        title=f"wait until ssh answers on {address}",
        stage=stage,
        minutes=1,
    )
