"""Who leads the cluster: two masters, a node that came back, a broken configuration, the queue."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, MASTER_ROLE_DAEMONS
from steps.ganeti.facts.jobs import JOBS
from steps.health.facts.daily import BYPASS
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.words import ask_somebody, by_hand, freeze, on, thaw, wait
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation
from wizard.model.step import Danger

READD_AFTER = 180
"""Seconds that a returned node must be up: earlier, `gnt-node add --readd` fails half-way (seen on
Ganeti 3.0.2).
"""


def one_master(scene: Scene) -> Iterator[Situation]:
    """Situation 13: two nodes act as master, or will at the next break of the link."""
    evidence = []
    for host in scene.leading:
        config = scene.configs.get(host)
        serial = f", configuration {config.serial}" if config else ""
        evidence.append(scene.evidence(RUNNING, host, f"runs the master's daemons{serial}"))
    holders = []
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None and str(scene.answers.hosts.cluster_ip) in running.addresses:
            holders.append(scene.evidence(RUNNING, host, "holds the cluster's address"))
    settings = []
    for host in scene.answering:
        bypass = scene.read(host, BYPASS)
        for line in bypass.settings if bypass else ():
            settings.append(scene.evidence(BYPASS, host, f"/etc/default/ganeti: {line}"))
    two = len(scene.leading) > 1 or len(holders) > 1
    if not two and not settings:
        return
    title = "two nodes act as master" if two else "Ganeti is set to go around the vote for good"
    told = (*(evidence if two else ()), *(holders if two else ()), *settings)
    yield Situation("one-master", title, Confidence.CERTAIN, told, _one_master(scene, two))


def _one_master(scene: Scene, two: bool) -> tuple[Runbook, ...]:
    words = [*freeze(scene.answering)]
    if two:
        wrong = [host for host in scene.leading if host != scene.believed]
        words.append(by_hand("Compare both configurations first: the wrong one may have the data."))
        for host in wrong:
            words.append(on(host, "/usr/lib/ganeti/daemon-util stop-master", Danger.OUTAGE))
    words.append(by_hand("Take --no-voting out of /etc/default/ganeti on both nodes."))
    words.append(by_hand("When both nodes are well, on the master: service ganeti restart"))
    refused = ""
    if two and len(scene.answering) < len(scene.nodes):
        refused = "a node does not answer: which master is right cannot be told"
    lifted = "all nodes answer" if refused else ""
    runbook = Runbook("one-master", "Leave one master, with a vote", tuple(words), refused, lifted)
    return ask_somebody(), runbook


def rejoin(scene: Scene) -> Iterator[Situation]:
    """Situations 10 and 11: a node answers again that the cluster goes on without."""
    config = scene.config
    if config is None or not scene.master:
        return
    for host in scene.answering:
        member = config.node(scene.answers.node(host).name)
        if member is None or host == scene.master:
            continue
        own = scene.configs.get(host)
        earlier = own is not None and own.node_name(own.master) != config.node_name(config.master)
        if not member.offline and not earlier:
            continue
        state = "marked offline" if member.offline else "not marked offline"
        evidence = [scene.evidence(GANETI, scene.believed, f"{host} is {state} there")]
        if earlier and own is not None:
            what = f"names {own.node_name(own.master)} as master, configuration {own.serial}"
            evidence.append(scene.evidence(GANETI, host, what))
        title = f"{host} is back, and the cluster goes on without it"
        runbook = _rejoin(scene, host, member.offline)
        first = wait(f"Look what {host} still runs before it is taken in.", 3)
        yield Situation("rejoin", title, Confidence.CERTAIN, tuple(evidence), (first, runbook))


def _rejoin(scene: Scene, host: str, offline: bool) -> Runbook:
    name = scene.answers.node(host).name
    master = scene.master
    words = [*freeze(scene.answering)]
    if not offline:
        words.append(on(master, f"gnt-node modify -f -O yes {name}", Danger.OUTAGE))
    words.append(on(master, f"gnt-node add --readd --no-ssh-key-check {name}"))
    words.append(by_hand("It may fail while the node still starts: once more, five minutes later."))
    words.append(on(master, "gnt-cluster redist-conf"))
    words.append(
        by_hand("Then look again: how the copies stand to each other is the next question.")
    )
    words += thaw(scene.answering)
    against = list(_against_rejoin(scene, host))
    refused = "; ".join(what for what, _ in against)
    lifted = "; ".join(reading for _, reading in against)
    return Runbook("rejoin", f"Take {host} in again", tuple(words), refused, lifted)


def _against_rejoin(scene: Scene, host: str) -> Iterator[tuple[str, str]]:
    """What must not be so on a node that is taken in again, and the reading that lifts it."""
    running = scene.read(host, RUNNING)
    hypervisor = scene.read(host, HYPERVISOR)
    states = scene.read(host, DRBD_STATES)
    pulse = scene.read(host, PULSE)
    bypass = scene.read(host, BYPASS)
    if running is None or hypervisor is None or states is None or pulse is None:
        yield f"not all of {host} could be seen", "a whole look at it"
        return
    acting = [name for name in MASTER_ROLE_DAEMONS if name[:15] in running.daemons]
    if acting:
        yield f"{host} runs {', '.join(acting)}", "those daemons do not run there"
    if bypass is None or bypass.settings:
        yield f"/etc/default/ganeti of {host} may hold --no-voting", "no such line is there"
    if hypervisor.silent or hypervisor.guests:
        guests = ", ".join(hypervisor.guests) or "perhaps"
        yield f"an instance runs on {host}: {guests}", "no instance runs there"
    primary = [str(minor.number) for minor in states.minors if minor.role == "Primary"]
    if primary:
        yield f"DRBD is Primary there (minor {', '.join(primary)})", "no minor is Primary"
    if pulse.uptime < READD_AFTER:
        yield f"{host} is up for {pulse.uptime:.0f} s only", f"{READD_AFTER} s"
    yield from _against_certificate(scene, host)


def _against_certificate(scene: Scene, host: str) -> Iterator[tuple[str, str]]:
    own = scene.read(host, CERTIFICATES)
    masters = scene.read(scene.master, CERTIFICATES)
    if own and masters and own.fingerprint != masters.fingerprint:
        yield f"{host} has another cluster certificate", "the certificates are the same"
    view = scene.read(scene.master, PRESENCE)
    heard = view.heard.get(str(scene.answers.node(host).ip)) if view else None
    if heard is None or dict(heard.ports).get(1811) != "open":
        yield f"{scene.master} does not reach noded of {host}", "port 1811 is open from there"


def configuration(scene: Scene) -> Iterator[Situation]:
    """Situation 22: the master's configuration is broken or gone."""
    for host in scene.answering:
        stored = scene.read(host, GANETI)
        if stored is None or not stored.installed:
            continue
        names = stored.ssconf.get("master_node", ())
        is_master = bool(names) and scene.short(names[0]) == host
        if not is_master or stored.config is not None:
            continue
        what = "config.data cannot be read" if stored.broken else "config.data is not there"
        peers = [name for name in scene.configs if name != host]
        words = [by_hand(f"Do not restart Ganeti on {host}, and edit nothing there.")]
        for peer in peers:
            words += [
                *freeze(scene.answering),
                on(peer, "gnt-cluster master-failover", Danger.OUTAGE),
            ]
        refused = "" if peers else "no other node holds a configuration that can be read"
        lifted = "" if peers else "a peer whose copy can be read"
        title = "Make a node master that holds a whole copy"
        runbook = Runbook("config", title, tuple(words), refused, lifted)
        evidence = (scene.evidence(GANETI, host, what),)
        situation = f"the configuration of the master {host} is broken"
        yield Situation(
            "config", situation, Confidence.CERTAIN, evidence, (ask_somebody(), runbook)
        )


def queue(scene: Scene) -> Iterator[Situation]:
    """Situation 23: jobs that nobody runs, a drained queue, instances that nobody starts."""
    master = scene.master
    if master not in scene.answering:
        return
    evidence: list[Evidence] = []
    words = []
    lineage = scene.read(master, LINEAGE)
    if lineage is not None and lineage.drained:
        evidence.append(scene.evidence(LINEAGE, master, "the job queue takes no new jobs"))
        words.append(on(master, "gnt-cluster queue undrain"))
    jobs = scene.read(master, JOBS)
    if jobs is not None and master not in scene.leading:
        for job in jobs.jobs:
            if job.live:
                what = f"job {job.id} ({job.op} {job.instance or job.node}) is {job.status}"
                evidence.append(scene.evidence(JOBS, master, f"{what}, and luxid does not run"))
    if evidence:
        words.append(on(master, "gnt-job list", Danger.READ))
        runbook = Runbook("queue", "Let the queue go on", tuple(words))
        first = wait("A busy master may still be at work.", 5)
        title = "Ganeti's job queue stands still"
        yield Situation("queue", title, Confidence.LIKELY, tuple(evidence), (first, runbook))


def headless(scene: Scene) -> Iterator[Situation]:
    """All nodes answer, and none acts as master."""
    if scene.leading or len(scene.answering) < len(scene.nodes) or scene.config is None:
        return
    evidence = []
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None:
            names = ", ".join(running.daemons) or "none"
            evidence.append(scene.evidence(RUNNING, host, f"Ganeti's daemons: {names}"))
    words = (on(scene.master or scene.believed, "service ganeti restart"),)
    runbook = Runbook("start-master", "Start the master's daemons; both nodes vote", words)
    first = wait("After a boot they vote for some minutes.", 5)
    title = "no node acts as master, though all answer"
    yield Situation("no-master", title, Confidence.CERTAIN, tuple(evidence), (first, runbook))


def crypto(scene: Scene) -> Iterator[Situation]:
    """Situation 26: a certificate has ended, or the clocks of the nodes differ."""
    evidence = []
    clocks = {}
    for host in scene.answering:
        pulse = scene.read(host, PULSE)
        certificates = scene.read(host, CERTIFICATES)
        if pulse is None or not pulse.now:
            continue
        clocks[host] = pulse.now
        for name in ("server", "client"):
            ends = getattr(certificates, name) if certificates else 0
            if ends and ends < pulse.now:
                days = (pulse.now - ends) // 86400
                what = f"{name}.pem ended {days} days ago by this node's clock"
                evidence.append(scene.evidence(CERTIFICATES, host, what))
    spread = max(clocks.values(), default=0) - min(clocks.values(), default=0)
    if spread > SKEW:
        for host in clocks:
            evidence.append(scene.evidence(PULSE, host, f"the clocks differ by {spread} s"))
    if not evidence:
        return
    renew = "gnt-cluster renew-crypto -f --new-cluster-certificate --no-ssh-key-check"
    words = (
        by_hand("Set the clocks of all nodes right first; look again."),
        on(scene.master or scene.believed or scene.answering[0], renew, Danger.OUTAGE),
    )
    away = len(scene.answering) < len(scene.nodes)
    refused = "a node does not answer, and would be left with the old certificate" if away else ""
    runbook = Runbook(
        "crypto", "Make new certificates", words, refused, "all nodes answer" if away else ""
    )
    title = "a certificate or a clock keeps the nodes from talking to each other"
    yield Situation("crypto", title, Confidence.CERTAIN, tuple(evidence), (runbook,))


SKEW = 150
"""Seconds by which Ganeti lets clocks differ (constants, NODE_MAX_CLOCK_SKEW)."""
