"""Who leads the cluster: two masters at once, or none."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.facts.daily import BYPASS
from steps.recover.facts.daemons import RUNNING
from steps.recover.scene import Scene
from steps.recover.situations.words import ask_somebody, by_hand, freeze, on, wait
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation
from wizard.model.step import Danger


def one_master(scene: Scene) -> Iterator[Situation]:
    """Situation 13: two nodes act as master, or will at the next break of the link."""
    leaders = list(_leaders(scene))
    holders = list(_address_holders(scene))
    settings = list(_settings_without_vote(scene))
    two = len(leaders) > 1 or len(holders) > 1
    if two:
        title = "two nodes act as master"
        evidence = (*leaders, *holders, *settings)
    elif settings:
        title = "Ganeti is set to go around the vote for good"
        evidence = (*settings,)
    else:
        return
    runbooks = (ask_somebody(), _leave_one(scene, two=two))
    yield Situation(
        "one-master",
        title,
        Confidence.CERTAIN,
        evidence,
        runbooks,
    )


def _leaders(scene: Scene) -> Iterator[Evidence]:
    for host in scene.leading:
        what = "runs the master's daemons"
        config = scene.configs.get(host)
        if config is not None:
            what += f", configuration {config.serial}"
        yield scene.evidence(RUNNING, host, what)


def _address_holders(scene: Scene) -> Iterator[Evidence]:
    cluster_ip = str(scene.answers.hosts.cluster_ip)
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None and cluster_ip in running.addresses:
            yield scene.evidence(RUNNING, host, "holds the cluster's address")


def _settings_without_vote(scene: Scene) -> Iterator[Evidence]:
    for host in scene.answering:
        bypass = scene.read(host, BYPASS)
        if bypass is None:
            continue
        for line in bypass.settings:
            yield scene.evidence(BYPASS, host, f"/etc/default/ganeti: {line}")


def _leave_one(scene: Scene, *, two: bool) -> Runbook:
    words = [*freeze(scene.answering)]
    if two:
        # Serials order one master's copies only: each of two masters counts on from the parting.
        words.append(by_hand("Compare both configurations first: the wrong one may have the data."))
        for host in scene.leading:
            if host != scene.believed:
                stop = "/usr/lib/ganeti/daemon-util stop-master"
                words.append(on(host, stop, Danger.OUTAGE))
    words.append(by_hand("Take --no-voting out of /etc/default/ganeti on both nodes."))
    words.append(by_hand("When both nodes are well, on the master: service ganeti restart"))
    refused = ""
    lifted = ""
    if two and len(scene.answering) < len(scene.nodes):
        refused = "a node does not answer: which master is right cannot be told"
        lifted = "all nodes answer"
    return Runbook(
        "one-master",
        "Leave one master, with a vote",
        tuple(words),
        refused=refused,
        lifted=lifted,
    )


def headless(scene: Scene) -> Iterator[Situation]:
    """All nodes answer, and none acts as master."""
    all_answer = len(scene.answering) == len(scene.nodes)
    if scene.leading or not all_answer or scene.config is None:
        return
    evidence = []
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None:
            daemons = ", ".join(running.daemons) or "none"
            evidence.append(scene.evidence(RUNNING, host, f"Ganeti's daemons: {daemons}"))
    first = wait("After a boot they vote for some minutes.", 5)
    # With the vote: all who have one answer, so nobody must be passed over.
    words = (on(scene.command_node, "service ganeti restart"),)
    start = Runbook("start-master", "Start the master's daemons; both nodes vote", words)
    title = "no node acts as master, though all answer"
    yield Situation(
        "no-master",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        (first, start),
    )
