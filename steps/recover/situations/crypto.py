"""All machines are well and do not believe each other: a certificate that ended, a wrong clock."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.words import by_hand, on
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation
from wizard.model.step import Danger

SKEW = 150
"""Seconds by which Ganeti lets clocks differ (constants, NODE_MAX_CLOCK_SKEW)."""
DAY = 86400
RENEW = "gnt-cluster renew-crypto -f --new-cluster-certificate"


def crypto(scene: Scene) -> Iterator[Situation]:
    """Situation 26: a certificate has ended, or the clocks of the nodes differ.

    Ganeti's certificates last five years (Constants.hs). Afterwards every call and every vote
    fails, as if all nodes were dead.
    """
    clocks = {}
    for host in scene.answering:
        pulse = scene.read(host, PULSE)
        if pulse is not None and pulse.now:
            clocks[host] = pulse.now
    evidence = [*_ended(scene, clocks), *_differing(scene, clocks)]
    if not evidence:
        return
    title = "a certificate or a clock keeps the nodes from talking to each other"
    runbooks = (_renew(scene),)
    yield Situation(
        "crypto",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        runbooks,
    )


def _ended(scene: Scene, clocks: dict[str, int]) -> Iterator[Evidence]:
    for host, now in clocks.items():
        certificates = scene.read(host, CERTIFICATES)
        if certificates is None:
            continue
        ends = {
            "server.pem": certificates.server,
            "client.pem": certificates.client,
        }
        for name, end in ends.items():
            # 0 stands for a certificate that could not be read.
            if end and end < now:
                days = (now - end) // DAY
                what = f"{name} ended {days} days ago by this node's clock"
                yield scene.evidence(CERTIFICATES, host, what)


def _differing(scene: Scene, clocks: dict[str, int]) -> Iterator[Evidence]:
    earliest = min(clocks.values(), default=0)
    latest = max(clocks.values(), default=0)
    spread = latest - earliest
    if spread > SKEW:
        for host in clocks:
            yield scene.evidence(PULSE, host, f"the clocks differ by {spread} s")


def _renew(scene: Scene) -> Runbook:
    host = scene.command_node or scene.answering[0]
    words = (
        by_hand("Set the clocks of all nodes right first; look again."),
        on(host, RENEW, Danger.OUTAGE),
    )
    refused = ""
    lifted = ""
    if len(scene.answering) < len(scene.nodes):
        refused = "a node does not answer, and would be left with the old certificate"
        lifted = "all nodes answer"
    return Runbook(
        "crypto",
        "Make new certificates",
        words,
        refused=refused,
        lifted=lifted,
    )
