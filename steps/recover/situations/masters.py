"""Who leads the cluster: two masters at once, or none."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import MASTER_ROLE_DAEMONS
from steps.ganeti.pidfiles import paths
from steps.ganeti.ways import way
from steps.health.facts.daily import BYPASS
from steps.recover.contenders import (
    CHOICE,
    contenders,
    holders,
    lineage,
    options,
    overwritten,
    settings,
)
from steps.recover.facts.copies import COPIES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.presence import PRESENCE
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.words import (
    LOOK_AGAIN,
    ask_somebody,
    by_hand,
    carried_out,
    freeze,
    on,
    thaw,
    wait,
)
from wizard.base.names import clause, together
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def one_master(scene: Scene) -> Iterator[Situation]:
    """Situation 13: two nodes act as master, or will at the next break of the link."""
    disputed = contenders(scene)
    bypassed = list(_settings_without_vote(scene))
    if len(disputed) > 1 and len(scene.leading) > 1:
        yield _two(scene, "two nodes act as master", disputed, bypassed)
    elif disputed:
        where = together(holders(scene))
        lead = clause(scene.leading or ("nobody",), "leads", "lead")
        title = f"the cluster's address is on {where}, and {lead}"
        yield _two(scene, title, disputed, bypassed)
    elif bypassed and len(scene.answering) == len(scene.nodes):
        yield _bypass(scene, bypassed)


def bypassed_alone(scene: Scene) -> Iterator[Situation]:
    """The same setting while a node does not answer: it is what lets the other one lead alone, and
    what else is the matter weighs more.
    """
    bypassed = list(_settings_without_vote(scene))
    alone = len(scene.answering) < len(scene.nodes)
    if bypassed and alone and not contenders(scene):
        yield _bypass(scene, bypassed)


def _two(scene: Scene, title: str, disputed: list[str], bypassed: list[Evidence]) -> Situation:
    evidence = (*_side_by_side(scene, disputed), *bypassed)
    runbooks = (ask_somebody(), _leave_one(scene, disputed))
    return Situation("one-master", title, Confidence.CERTAIN, evidence, runbooks)


def _bypass(scene: Scene, bypassed: list[Evidence]) -> Situation:
    title = "Ganeti is set to go around the vote for good"
    runbooks = (ask_somebody(), _leave_one(scene, []))
    return Situation("one-master", title, Confidence.CERTAIN, tuple(bypassed), runbooks)


def _side_by_side(scene: Scene, disputed: list[str]) -> Iterator[Evidence]:
    """The same of each contender, the one with the better lineage first."""
    for host in disputed:
        if host in scene.leading:
            yield scene.evidence(RUNNING, host, "runs the master's daemons")
        if host in holders(scene):
            yield scene.evidence(RUNNING, host, "holds the cluster's address")
        yield scene.evidence(LINEAGE, host, lineage(scene, host))
        reason = overwritten(scene, host) if host in scene.leading else ""
        if reason:
            yield scene.evidence(COPIES, host, reason)


def _settings_without_vote(scene: Scene) -> Iterator[Evidence]:
    for host in scene.answering:
        for line in settings(scene, host):
            yield scene.evidence(BYPASS, host, f"/etc/default/ganeti: {line}")


def _leave_one(scene: Scene, disputed: list[str]) -> Runbook:
    refused = ""
    lifted = ""
    if len(scene.answering) < len(scene.nodes):
        refused = "a node does not answer: which master is right cannot be told"
        if not disputed:
            refused = "a node does not answer: alone the other one wins no vote"
        lifted = "all nodes answer"
    return Runbook(
        "one-master",
        "Leave one master, with a vote",
        tuple(_words(scene, disputed)),
        refused=refused,
        lifted=lifted,
        by_hand=False,
    )


def _words(scene: Scene, disputed: list[str]) -> Iterator[Word]:
    if not disputed:
        yield from carried_out("one-master")
    for option in options(scene.answers, scene.facts):
        yield by_hand(f"If {option.value} is right ({option.words}):")
        command = f"{way('one-master')} --choose {CHOICE}={option.value}"
        yield Word(command, danger=Danger.OUTAGE, command=True)
    yield from freeze(scene.answering)
    if disputed:
        # Serials order one master's copies only: each of two masters counts on from the parting.
        yield by_hand("Compare both configurations first: the wrong one may have the data.")
    for host in disputed[1:]:
        yield on(host, "/usr/lib/ganeti/daemon-util stop-master", Danger.OUTAGE)
        yield on(host, _give_back(scene), Danger.OUTAGE)
    yield by_hand("Take --no-voting out of /etc/default/ganeti on both nodes.")
    yield by_hand("When both nodes are well, on the master:")
    master = disputed[0] if disputed else scene.command_node
    yield by_hand("A tag that comes and goes has the master tell all nodes who it is:")
    yield on(master, f"gnt-cluster add-tags {orders.TOLD}")
    yield on(master, f"gnt-cluster remove-tags {orders.TOLD}")
    yield from orders.restart(master)
    yield from thaw(scene.answering)


def _give_back(scene: Scene) -> str:
    """With the prefix and the card by which Ganeti set the address (gnt-cluster(8), init,
    --master-netmask and --master-netdev): the kernel takes off none of another prefix.
    """
    config = scene.config
    prefix = config.netmask if config else 32
    device = (config and config.netdev) or scene.answers.bridge.name
    address = f"{scene.answers.hosts.cluster_ip}/{prefix}"
    return f"ip addr del {address} dev {shlex.quote(device)}"


def unaddressed(scene: Scene) -> Iterator[Situation]:
    """The master leads, and nobody has the cluster's address: whatever set up its network anew
    took it off, and Ganeti puts it there as luxid starts only (Query/Server.hs, activateMasterIP;
    issue 324 has one that a takeover did not bring along).
    """
    running = scene.read(scene.master, RUNNING)
    if running is None or scene.leading != [scene.master] or holders(scene):
        return
    address = str(scene.answers.hosts.cluster_ip)
    evidence = [scene.evidence(RUNNING, scene.master, f"leads, and does not have {address}")]
    others = list(_answer_at(scene, address))
    words = (on(scene.master, "gnt-cluster activate-master-ip"), Word(LOOK_AGAIN, command=True))
    yield Situation(
        "address",
        f"nobody has the cluster's address {address}",
        Confidence.LIKELY,
        (*evidence, *others),
        (
            wait("The instances run on; what is managed by that address waits.", 1),
            Runbook(
                "address",
                f"Give it to {scene.master}, which leads",
                words,
                "another machine answers at it" if others else "",
                f"nobody answers at {address}" if others else "",
            ),
        ),
    )


def _answer_at(scene: Scene, address: str) -> Iterator[Evidence]:
    """Who heard somebody at an address that no node has."""
    for place in scene.facts.hosts:
        view = scene.read(place, PRESENCE)
        heard = view.heard.get(address) if view is not None else None
        if heard is not None and heard.signs:
            what = f"{address} {heard.signs[0]}, and no node has it"
            yield Evidence(PRESENCE.name, place, what, heard.last)


def headless(scene: Scene) -> Iterator[Situation]:
    """All nodes answer, and none acts as master."""
    all_answer = len(scene.answering) == len(scene.nodes)
    if scene.leading or not all_answer or scene.config is None:
        return
    evidence = []
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None:
            daemons = running.words or "none"
            evidence.append(scene.evidence(RUNNING, host, f"Ganeti's daemons: {daemons}"))
    evidence += _left(scene)
    stays = _is_down_for_good(scene)
    first = wait("After a boot they vote for some minutes.", 5)
    if stays:
        first = wait("Ganeti's watcher cannot start them again: waiting mends nothing here.", 5)
    title = "no node acts as master, though all answer"
    start = _start(scene)
    if len(scene.named) > 1:
        title = f"no node acts as master, and {' and '.join(scene.named)} are both taken for it"
        evidence += [scene.evidence(LINEAGE, host, lineage(scene, host)) for host in scene.configs]
        first = ask_somebody()
        start = _start_the_later(scene)
    yield Situation(
        "no-master",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        (first, start),
        stays,
    )


def _left(scene: Scene) -> Iterator[Evidence]:
    for host in scene.answering:
        for daemon in scene.left_on(host):
            what = (
                f"{daemon} ended without removing its PID file (it was killed, or failed as it "
                "started): Ganeti does not start it again"
            )
            yield scene.evidence(RUNNING, host, what)


def _is_down_for_good(scene: Scene) -> bool:
    """Whether a daemon of the master's role left a PID file behind."""
    return bool(set(scene.left_on(scene.command_node)) & set(MASTER_ROLE_DAEMONS))


def _start(scene: Scene) -> Runbook:
    """With the vote: all who have one answer, so nobody must be passed over."""
    host = scene.command_node
    words = [*carried_out("start-master"), *freeze(scene.answering)]
    words.append(on(host, orders.STOP, Danger.OUTAGE))
    left = scene.left_on(host)
    if left:
        words.append(on(host, orders.LOGS, Danger.READ))
        words.append(on(host, f"rm -f {' '.join(paths(left))}"))
    words.append(on(host, orders.START, Danger.OUTAGE))
    words += thaw(scene.answering)
    refused = cannot_be_started(scene, host)
    return Runbook(
        "start-master",
        "Start the master's daemons; both nodes vote",
        tuple(words),
        refused.why,
        refused.lifted,
        by_hand=False,
    )


def cannot_be_started(scene: Scene, host: str) -> Refusal:
    """Why the master's daemons are left alone there for now: for the diagnosis and the step."""
    running = scene.read(host, RUNNING)
    if running is None:
        return Refusal(f"{host} does not say which daemons run", "it tells them")
    if running.starting or running.asking:
        what = "its daemons are just being started, or ask for votes"
        return Refusal(what, "they lead, or gave up")
    return Refusal()


def _start_the_later(scene: Scene) -> Runbook:
    """Two lives of the configuration, of which neither wins a vote: each has its own node's."""
    later = scene.believed
    former = next((host for host in scene.configs if host != later), "")
    words: tuple[Word, ...] = ()
    refused = Refusal(
        "which configuration is the later one cannot be told: serials order one master's life only",
        "a node or the backup host has the note of a takeover, or one of them has the other marked "
        "offline",
    )
    _, noted, bars, _, _ = scene.trust(later)
    if scene.master == later and former and (noted or bars):
        refused = Refusal()
        words = (
            by_hand(f"Of two votes {later} gets its own alone: {former} names another master."),
            *freeze(scene.answering),
            *orders.lead_alone(later, scene.answers.node(former).name),
            by_hand(f"Then look again: whether {former} may be taken in is the next question."),
        )
    return Runbook(
        "start-later",
        f"Start the daemons of {later}, whose configuration is the later one, without a vote",
        words or tuple(orders.restart(later)),
        refused.why,
        refused.lifted,
    )
