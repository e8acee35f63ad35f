"""The servers themselves: one still starts."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.objections import READD_AFTER
from steps.recover.situations.words import wait
from wizard.base.names import clause
from wizard.model.recovery import Confidence, Evidence, Situation

STARTING = 600
"""Seconds after a boot within which nothing is to be done: two rebooted nodes heal by themselves
within five minutes (seen on real machines).
"""


def starting(scene: Scene) -> Iterator[Situation]:
    """Situation 1: a node is still starting."""
    evidence = []
    hosts = []
    for host in scene.answering:
        sign = _sign_of_a_start(scene, host)
        if sign is not None:
            evidence.append(sign)
            hosts.append(host)
    if evidence:
        first = wait("A start mends most of what is seen meanwhile. Do nothing.")
        title = clause(hosts, "still starts", "still start")
        yield Situation(
            "starting",
            title,
            Confidence.LIKELY,
            tuple(evidence),
            (first,),
        )


def _sign_of_a_start(scene: Scene, host: str) -> Evidence | None:
    pulse = scene.read(host, PULSE)
    running = scene.read(host, RUNNING)
    if pulse is None:
        return None
    if pulse.system in ("starting", "initializing"):
        return scene.evidence(PULSE, host, "the system is still starting")
    if running is not None and running.starting:
        return scene.evidence(RUNNING, host, "Ganeti's daemons are being started")
    if 0 < pulse.uptime < _start_takes(scene, host):
        minutes = pulse.uptime / 60
        return scene.evidence(PULSE, host, f"is up for {minutes:.0f} minutes only")
    return None


def _start_takes(scene: Scene, host: str) -> int:
    """Seconds within which a boot may mend things by itself: nothing does on a node that the
    cluster goes on without, once its daemons had their time.
    """
    config = scene.config
    member = config.node(scene.answers.node(host).name) if config else None
    left_out = member is not None and member.offline and scene.master in scene.leading
    return READD_AFTER if left_out else STARTING
