"""The servers themselves: one still starts, or the link between them is cut."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.presence import PRESENCE, Heard
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.objections import READD_AFTER
from steps.recover.situations.words import LOOK_AGAIN, by_hand, wait
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word

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
        title = f"{' and '.join(hosts)} still starts"
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


def link(scene: Scene) -> Iterator[Situation]:
    """Situation 7: nodes answer the wizard and not each other."""
    evidence: list[Evidence] = []
    for place in scene.answering:
        evidence += _deaf_to_others(scene, place)
    if not evidence:
        return
    mend = Runbook(
        "link",
        "Mend the network between the nodes",
        (
            by_hand("Check cable, switch, bridge and firewall between the nodes."),
            Word(LOOK_AGAIN, command=True),
        ),
    )
    takeover = Runbook(
        "takeover",
        "Take one node for dead",
        (),
        refused="both are alive: each would go on writing to its own copy",
        lifted="one of them is without power",
    )
    title = "the nodes answer, and do not hear each other"
    yield Situation(
        "link",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        (mend, takeover),
    )


def _deaf_to_others(scene: Scene, place: str) -> Iterator[Evidence]:
    """What one node does not hear of the others, though all of them answer the wizard."""
    view = scene.read(place, PRESENCE)
    if view is None:
        return
    for node in scene.nodes:
        if node.short == place or node.short not in scene.answering:
            continue
        heard = view.heard.get(str(node.ip))
        if heard is not None and not _near(heard):
            if heard.signs:
                signs = ", ".join(heard.signs)
                what = f"{node.short} at {node.ip}: {signs}, and nothing else"
            else:
                what = f"hears nothing of {node.short} at {node.ip}"
            yield scene.evidence(PRESENCE, place, what)


def _near(heard: Heard) -> bool:
    """Whether it was heard as a neighbour is: a port alone may be opened by another way round."""
    return bool(heard.pings or heard.macs)
