"""The commands that move one instance, each with what it costs and its last question to Ganeti."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.recover.planned.kernels import missed
from steps.recover.planned.live import stops
from steps.recover.planned.volumes import try_passphrase
from steps.recover.scene import Scene
from steps.recover.steps.common import has_on
from wizard.model.accident import Case
from wizard.model.step import SUBMIT, Command, Danger, Kind

STOPPED = (
    "it is shut down here and started there: nobody reaches it until it has booted, one to three "
    "minutes as a rule, and its encrypted volume is locked until its passphrase is given"
)


def move(case: Case, scene: Scene, guest: Guest, target: str) -> Iterator[Command]:
    """Move an instance from its primary to that node (by short name), running if that can be."""
    source = scene.primary(guest)
    reason = stops(case, scene, source, target)
    if guest.state != "up":
        yield _failover(scene, guest, f"{guest.name} is stopped: only its home changes", "")
    elif reason:
        yield from try_passphrase(scene, guest)
        lacks = missed(scene, guest, target)
        risk = f"{STOPPED}; {lacks}" if lacks else STOPPED
        yield _failover(scene, guest, f"it has to be stopped: {reason}", risk)
    else:
        yield _migrate(scene, guest, target)


def _failover(scene: Scene, guest: Guest, why: str, risk: str) -> Command:
    return Command(
        scene.master,
        ("gnt-instance", "failover", "-f", *SUBMIT, guest.name),
        f"{why}; {risk}" if risk else why,
        Danger.OUTAGE if risk else Danger.CHANGE,
        risk=risk,
        undo="the same command once more",
        kind=Kind.JOB,
        ok=(0, 1),
        guard=still_there(scene, guest),
        turning=bool(risk),
        stage=1,
        minutes=2,
    )


def _migrate(scene: Scene, guest: Guest, target: str) -> Command:
    return Command(
        scene.master,
        ("gnt-instance", "migrate", "-f", *SUBMIT, guest.name),
        f"it goes on to run while its memory is copied to {target}; its volume stays open",
        Danger.OUTAGE,
        risk="it stands still for a moment at the end; if it fails, it goes on where it is",
        undo="the same command once more",
        kind=Kind.JOB,
        ok=(0, 1),
        guard=still_there(scene, guest),
        stage=1,
        minutes=5,
    )


def still_there(scene: Scene, guest: Guest) -> str:
    """A guard for the master: true while Ganeti has the instance on the node that it is to leave,
    and this node's side of each running disk is connected and whole, and takes writes.
    """
    config = scene.config
    source = config.node_name(guest.primary) if config else ""
    guard = has_on(guest, source)
    minors = []
    for disk in scene.disks_of(guest) if guest.state == "up" else ():
        minor = disk.minor_on(scene.master)
        if minor is not None:
            minors.append(str(minor))
    if minors:
        # The "r" behind the protocol: writes are not held back.
        whole = '"^ *$minor: cs:Connected .* ds:UpToDate/UpToDate [A-C] r"'
        guard += (
            f"; for minor in {' '.join(minors)}; do grep -q {whole} /proc/drbd || "
            '{ echo "minor $minor is not whole"; exit 1; }; done'
        )
    return guard
