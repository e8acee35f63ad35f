"""See that a node which was worked on is back as a member of the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import MASTER_ROLE_DAEMONS
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.addresses import NODED
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.planned.obstacles import drained
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN
from steps.recover.steps.common import recovery_step
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

NODE_DAEMON = "ganeti-noded"
AWAIT = """timeout 600 systemctl is-system-running --wait; n=0
until cat /proc/[0-9]*/comm 2>/dev/null | grep -qx "$1"; do
  n=$((n + 1)); [ "$n" -lt 60 ] || exit 1; sleep 5
done"""


def _waits(case: Case, scene: Scene) -> list[str]:
    """What the node still lacks that a boot brings by itself."""
    node = scene.short(case.subject)
    pulse = scene.read(node, PULSE)
    running = scene.read(node, RUNNING)
    lacking = []
    if pulse is None or pulse.boots:
        lacking.append("its boot is not through")
    if running is None or NODE_DAEMON not in running.daemons:
        lacking.append(f"{NODE_DAEMON} does not run")
    return lacking


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """It answers, and it is no second master and runs nothing of its own."""
    node = scene.short(case.subject)
    if node not in scene.answering:
        mend = "power it on, or mend the way to it; if it stays away: ganeti-wizard recover"
        yield Finding(node, "does not answer", mend=mend)
        return
    running = scene.read(node, RUNNING)
    for daemon in MASTER_ROLE_DAEMONS:
        started = running is not None and daemon[:15] in running.daemons
        if started and scene.master != node:
            yield Finding(node, f"runs {daemon}, and {scene.master} leads", mend=LOOK_AGAIN)
    yield from drained(scene, node)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Wait for what a boot brings by itself."""
    node = scene.short(case.subject)
    if _waits(case, scene):
        yield Command(
            node,
            ("sh", "-c", AWAIT, "await", NODE_DAEMON),
            "nothing is connected to a node or moved there before its boot is through",
            Danger.READ,
            undo="none needed",
            kind=Kind.UNIT,
            title=f"wait until the boot of {node} is through and {NODE_DAEMON} runs",
            minutes=2,
        )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Its hypervisor answers, and the master reaches it."""
    node = scene.short(case.subject)
    for lacking in _waits(case, scene):
        yield Finding(node, lacking, step=THIS_STEP)
    hypervisor = scene.read(node, HYPERVISOR)
    if hypervisor is None or hypervisor.silent:
        yield Finding(node, "its hypervisor does not answer", mend=f"xl info on {node}")
    if node == scene.master:
        return
    view = scene.read(scene.master, PRESENCE)
    heard = view.heard.get(str(scene.answers.node(node).ip)) if view else None
    if heard is None or dict(heard.ports).get(NODED) != "open":
        what = f"{scene.master} does not reach its port {NODED}"
        yield Finding(node, what, mend="look at cable, bridge and firewall")


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "returned",
        "The node is back",
        "Disks are connected and instances moved to it only when all that it needs for that runs.",
        "systemctl is-system-running --wait, then until ganeti-noded runs",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=2,
    )
