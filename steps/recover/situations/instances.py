"""An instance on servers that answer: it runs nowhere, or not where Ganeti has it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.copies import gate, minor_of
from steps.recover.scene import Scene
from steps.recover.situations.watcher import left_to_it
from steps.recover.situations.words import (
    GATE_LIFTED,
    ask_somebody,
    carried_out,
    instance,
    open_volumes,
)
from steps.recover.storage.stuck import stuck
from wizard.base.names import together
from wizard.model.recovery import Confidence, Runbook, Situation


def stopped(scene: Scene) -> Iterator[Situation]:
    """An instance that should run, runs nowhere, while everything it needs answers."""
    if len(scene.answering) < len(scene.nodes) or not scene.leading:
        return
    if mute_hypervisors(scene):
        # It may run there. `gnt-instance startup` asks the primary only.
        return
    given_up = stuck(scene).given_up
    for guest in scene.guests:
        # What the watcher has given up is told with the queue.
        if guest.state != "up" or scene.runs_on(guest) or guest in given_up:
            continue
        evidence = []
        for host in scene.answering:
            evidence.append(scene.evidence(HYPERVISOR, host, f"{guest.name} does not run here"))
        text = "Ganeti's watcher starts it within five minutes, five times at most."
        first = left_to_it(scene, text, 6)
        title = f"{guest.name} should run and runs nowhere"
        runbooks = (first, _start(scene, guest))
        yield Situation(
            "stopped",
            title,
            Confidence.CERTAIN,
            tuple(evidence),
            runbooks,
        )


def mute_hypervisors(scene: Scene) -> list[str]:
    """The nodes that answer and do not say what runs on them: anything may."""
    mute = []
    for host in scene.answering:
        hypervisor = scene.read(host, HYPERVISOR)
        if hypervisor is None or hypervisor.silent:
            mute.append(host)
    return mute


def _start(scene: Scene, guest: Guest) -> Runbook:
    objections = []
    if not replicated(scene, guest):
        # What is connected and whole needs no forecast of what a connection would do.
        objections = list(gate(scene, guest))
    words = (
        *carried_out("startup"),
        instance(scene.master, "startup", guest.name),
        *open_volumes(scene.answers, [guest]),
    )
    refused = "; ".join(objections)
    lifted = GATE_LIFTED if objections else ""
    return Runbook(
        "startup",
        f"Start {guest.name}",
        words,
        refused=refused,
        lifted=lifted,
        by_hand=False,
    )


def replicated(scene: Scene, guest: Guest) -> bool:
    """Whether DRBD has every disk of it connected and whole, by both sides."""
    for disk in scene.disks_of(guest):
        for host, _ in disk.minors:
            minor = minor_of(scene, disk, host)
            if minor is None or not minor.healthy:
                return False
    return True


def elsewhere(scene: Scene) -> Iterator[Situation]:
    """Situation 25: an instance runs on one node, and Ganeti has it on another."""
    for guest in scene.guests:
        hosts = scene.runs_on(guest)
        primary = scene.primary(guest)
        if len(hosts) != 1 or hosts[0] == primary:
            continue
        what = f"{guest.name} runs here, and Ganeti has it on {primary}"
        evidence = (scene.evidence(HYPERVISOR, hosts[0], what),)
        title = f"{guest.name} is not where Ganeti has it"
        runbooks = (_clean_up(scene, guest, primary), ask_somebody())
        yield Situation(
            "elsewhere",
            title,
            Confidence.CERTAIN,
            evidence,
            runbooks,
        )


def _clean_up(scene: Scene, guest: Guest, primary: str) -> Runbook:
    # Not `failover --cleanup`: that one fails over (Ganeti 3.0.2, instance_migration.py, 449).
    words = (instance(scene.master, "migrate --cleanup", guest.name),)
    refused = ""
    lifted = ""
    if primary not in scene.answering:
        refused = f"{primary} does not answer: it may run there too"
        lifted = f"{primary} answers, and does not run it"
    elif mute_hypervisors(scene):
        mute = together(mute_hypervisors(scene))
        refused = f"the hypervisor of {mute} does not say what runs: it may run there too"
        lifted = "every hypervisor answers (xl list), and one alone runs it"
    return Runbook(
        "cleanup",
        "Let Ganeti see where it runs",
        words,
        refused=refused,
        lifted=lifted,
    )
