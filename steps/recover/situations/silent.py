"""A server that is silent: does the other one act as the cluster, or was it down as well?"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI
from steps.recover.copies import minor_of
from steps.recover.facts.daemons import RUNNING
from steps.recover.lastup import last_up
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations.alone import alone
from steps.recover.situations.parted.first_back import first_back
from steps.recover.situations.takeover import take_over
from steps.recover.situations.words import ask_somebody, wait
from wizard.base.names import clause
from wizard.model.recovery import Confidence, Situation, Standing


def silent(scene: Scene) -> Iterator[Situation]:
    """Situations 2 to 5, 8 and 9: one node is silent, and what that means for the other."""
    for node in scene.nodes:
        lost = node.short
        if lost in scene.answering or presence(scene, lost).state is not Standing.SILENT:
            continue
        if scene.config is None:
            yield _without_configuration(scene, lost)
        elif len(scene.answering) == 1:
            yield _lone(scene, scene.answering[0], lost)
        else:
            yield take_over(scene, _who_goes_on(scene), lost)


def _who_goes_on(scene: Scene) -> str:
    """Of several servers that answer, the one on which commands are typed: the master, else the one
    whose configuration is believed.
    """
    if scene.master in scene.answering:
        return scene.master
    return scene.believed or scene.answering[0]


def _without_configuration(scene: Scene, lost: str) -> Situation:
    told = [host for host in scene.answering if scene.read(host, GANETI) is not None]
    why = "no node that answers holds the cluster's configuration"
    if len(told) < len(scene.answering):
        mute = [host for host in scene.answering if host not in told]
        why = clause(
            mute,
            "does not tell whether it holds the cluster's configuration",
            "do not tell whether they hold the cluster's configuration",
        )
    elif not scene.answering:
        why = "no other server answers"
    title = f"{lost} is silent, and {why}"
    signs = presence(scene, lost).signs
    first = wait(f"Power {lost} on if it is off, and let it start.")
    return Situation(
        "unknown",
        title,
        Confidence.POSSIBLE,
        signs,
        (first, ask_somebody()),
    )


def _lone(scene: Scene, survivor: str, lost: str) -> Situation:
    """One node of two answers: does it act as the cluster, or was it down as well?"""
    running = scene.read(survivor, RUNNING)
    leads = survivor in scene.leading
    restarted = not leads and _lost_its_disks(scene, survivor)
    is_master = scene.master == survivor
    if restarted and not (is_master and last_up(scene, survivor)):
        # It lost its disks by a boot: whether the other one ran on is the first question.
        return first_back(scene, survivor, lost)
    if is_master and not leads and running is not None:
        return alone(scene, survivor, lost)
    return take_over(scene, survivor, lost)


def _lost_its_disks(scene: Scene, host: str) -> bool:
    """Whether no replicated disk is up on a node though some should be: none is after a boot.

    The disks of an instance that was stopped on purpose are down anyway: they say nothing.
    """
    expected = [
        disk for disk in scene.disks if disk.guest.state == "up" and disk.minor_on(host) is not None
    ]
    return bool(expected) and not any(minor_of(scene, disk, host) for disk in scene.disks)
