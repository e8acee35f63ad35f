"""The servers themselves: one still starts, has no Ganeti any more, or does not serve it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import GANETI, MemberNode, Stored
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.objections import READD_AFTER
from steps.recover.situations.watcher import left_to_it
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, on, wait
from wizard.base.names import clause, together
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger

NODED_NAME = "ganeti-noded"

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
    if pulse.boots:
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
    return READD_AFTER if scene.goes_on_without(host) else STARTING


def renamed(scene: Scene) -> Iterator[Situation]:
    """Nobody has a configuration of the answers' cluster, and somebody one of another name: it was
    renamed since (gnt-cluster(8), rename), or these are other servers. Nothing is judged by it, so
    that no other situation would be found.
    """
    if scene.configs:
        return
    names = {}
    for host in scene.answering:
        stored = scene.read(host, GANETI)
        if stored is not None and stored.config is not None:
            names[host] = stored.config.name
    if not names:
        return
    wanted = scene.answers.hosts.cluster_name
    evidence = []
    for host, name in names.items():
        evidence.append(scene.evidence(GANETI, host, f"holds the configuration of {name}"))
    found = together(sorted(set(names.values())))
    words = (
        by_hand(
            "If it was renamed: correct hosts.cluster_name and hosts.cluster_ip in the answers"
        ),
        by_hand("(ganeti-wizard answers export; then --answers FILE),"),
        by_hand("or adopt it in a new state directory, and look from there:"),
        Word(
            f"ganeti-wizard --state DIR recover adopt {' '.join(_typed(scene, names))}",
            command=True,
        ),
        by_hand("If it was not: these are other servers than the answers mean."),
    )
    way = Runbook("rename", "Tell the answers which cluster it is", words)
    yield Situation(
        "renamed",
        f"the answers are for {wanted}, and the servers belong to {found}",
        Confidence.CERTAIN,
        tuple(evidence),
        (ask_somebody(), way),
        stays=True,
    )


def _typed(scene: Scene, hosts: Iterable[str]) -> list[str]:
    return [shlex.quote(scene.answers.node(host).name) for host in hosts]


def blank(scene: Scene) -> Iterator[Situation]:
    """A member of the cluster answers, and knows nothing of it: its system was installed anew."""
    for host, member in _members(scene):
        stored = scene.read(host, GANETI)
        if stored is None or not _is_empty(stored):
            continue
        if stored.installed and member.offline:
            # So `node-cleanup` leaves one that is to be taken in again.
            continue
        what = "it holds nothing of Ganeti's, neither certificate nor names, and is a member"
        there = [guest.name for guest in scene.guests if guest.primary == member.uuid]
        run = [guest.name for guest in scene.guests if host in scene.runs_on(guest)]
        why, ways = "it was installed anew", [ask_somebody(), _begin_anew(scene, host, there)]
        if run:
            # Its folders were removed, or lie on a disk that is not mounted: powered off, it would
            # take down what serves.
            why, ways = f"{clause(run, 'runs', 'run')} there", [ask_somebody()]
        yield Situation(
            "blank",
            f"{host} answers, and knows nothing of the cluster: {why}",
            Confidence.LIKELY,
            (scene.evidence(GANETI, host, what),),
            tuple(ways),
        )


def _is_empty(stored: Stored) -> bool:
    """Whether a node holds nothing that a cluster gave it, be Ganeti's package installed or not."""
    return not (stored.cert or stored.ssconf or stored.config or stored.broken)


def _begin_anew(scene: Scene, host: str, there: list[str]) -> Runbook:
    """What it had is on the other node only; once silent, it can be gone on without by evidence."""
    at_home = together(there)
    words = [
        by_hand(f"If the former disks of {host} exist: keep them. They may have the newer data."),
        Word(f"Power {host} off, then look again.", danger=Danger.OUTAGE),
        Word(LOOK_AGAIN, command=True),
    ]
    if there:
        words.append(by_hand(f"That has the way to run {at_home} from the other copy."))
    words.append(
        by_hand(
            "Then it is set up like a new node, with its former name and addresses; on the master "
            f"`gnt-node add --readd {scene.answers.node(host).name}` takes it in, then "
            "`gnt-instance activate-disks INSTANCE` and `gnt-instance replace-disks -s INSTANCE` "
            "copy each disk to it."
        )
    )
    return Runbook("blank", f"Go on without {host}, then take it in as a new one", tuple(words))


def without_noded(scene: Scene) -> Iterator[Situation]:
    """A node on which noded does not run takes no order of Ganeti's, and gives no vote."""
    hosts = []
    for host, member in _members(scene):
        running = scene.read(host, RUNNING)
        stored = scene.read(host, GANETI)
        if running is None or running.starting or stored is None or _is_empty(stored):
            continue
        if NODED_NAME not in running.daemons and not member.offline:
            hosts.append(host)
    if not hosts:
        return
    evidence = [scene.evidence(RUNNING, host, f"{NODED_NAME} does not run") for host in hosts]
    words = []
    for host in hosts:
        words.append(on(host, f"{orders.DAEMON} {NODED_NAME}"))
        words.append(on(host, "tail -n 20 /var/log/ganeti/node-daemon.log; df -h", Danger.READ))
    words.append(Word(LOOK_AGAIN, command=True))
    yield Situation(
        "noded",
        clause(hosts, "takes no order of Ganeti's", "take no order of Ganeti's"),
        Confidence.CERTAIN,
        tuple(evidence),
        (
            left_to_it(scene, "Its own watcher starts it within five minutes.", 6, hosts),
            Runbook("noded", f"Start noded on {together(hosts)}", tuple(words)),
        ),
    )


def _members(scene: Scene) -> Iterator[tuple[str, MemberNode]]:
    """The servers that answer and that the configuration has as nodes."""
    for host in scene.answering:
        name = scene.answers.node(host).name
        member = scene.config.node(name) if scene.config else None
        if member is not None:
            yield host, member
