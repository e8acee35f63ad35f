"""All machines are well and do not believe each other: a certificate that ended, a wrong clock."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from steps.ganeti import orders
from steps.recover.clocks import clock
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.pulse import PULSE
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.words import (
    LOOK_AGAIN,
    ask_somebody,
    by_hand,
    freeze,
    on,
    thaw,
    wait,
)
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger

SKEW = 150
"""Seconds by which Ganeti lets clocks differ (constants, NODE_MAX_CLOCK_SKEW)."""
DAY = 86400
DEFAULTS = "/etc/default/ganeti"
ASIDE = "/root/ganeti.defaults"
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
    differing = [*_differing(scene, clocks), *_astray(scene, clocks)]
    evidence = [*_ended(scene, clocks), *differing]
    if not evidence:
        return
    title = "a certificate or a clock keeps the nodes from talking to each other"
    ways = [ask_somebody()]
    if differing:
        patience = wait("A server that has just booted asks its time server within minutes.", 5)
        ways = [patience, _set_the_clocks(scene)]
    ways.append(_renew(scene, clocks, differ=bool(differing)))
    yield Situation(
        "crypto",
        title,
        Confidence.CERTAIN,
        tuple(evidence),
        tuple(ways),
    )


def _ended(scene: Scene, clocks: dict[str, int]) -> Iterator[Evidence]:
    for host, now in clocks.items():
        for name, end in _ends(scene, host):
            if end < now:
                days = (now - end) // DAY
                what = f"{name} ended {days} days ago by this node's clock"
                yield scene.evidence(CERTIFICATES, host, what)


def _ends(scene: Scene, host: str) -> Iterator[tuple[str, int]]:
    """When each certificate of a node ends; one that could not be read is left out."""
    certificates = scene.read(host, CERTIFICATES)
    if certificates is not None:
        for name, end in (("server.pem", certificates.server), ("client.pem", certificates.client)):
            if end:
                yield name, end


def _differing(scene: Scene, clocks: dict[str, int]) -> Iterator[Evidence]:
    earliest = min(clocks.values(), default=0)
    latest = max(clocks.values(), default=0)
    spread = latest - earliest
    if spread > SKEW:
        for host in clocks:
            yield scene.evidence(PULSE, host, f"the clocks differ by {spread} s")


def _astray(scene: Scene, clocks: dict[str, int]) -> Iterator[Evidence]:
    """A server alone whose clock lost its battery: by a clock of years ago no certificate counts
    yet. Two others must agree against it, as this machine's may be the wrong one.
    """
    backup = scene.answers.backup_host
    witness = clock(scene, backup.short) if backup is not None else 0
    if len(clocks) != 1 or not witness or abs(witness - scene.now) > SKEW:
        return
    for host, now in clocks.items():
        days = abs(now - witness) // DAY
        if days:
            direction = "behind" if now < witness else "ahead of"
            what = f"its clock is {days} days {direction} this machine's and the backup host's"
            yield scene.evidence(PULSE, host, what)


def _set_the_clocks(scene: Scene) -> Runbook:
    words = [by_hand("Find out which clock is wrong, and why: a battery, or no time server.")]
    for host in scene.answering:
        words.append(on(host, "date -u; timedatectl", Danger.READ))
    words.append(by_hand("Set it right there (timedatectl set-ntp true)."))
    words.append(Word(LOOK_AGAIN, command=True))
    return Runbook("clocks", "Set the clocks right, then look again", tuple(words))


def _renew(scene: Scene, clocks: dict[str, int], *, differ: bool) -> Runbook:
    host = scene.command_node or scene.answering[0]
    refused = _too_early(scene, clocks, differ=differ)
    return Runbook(
        "crypto",
        "Make new certificates",
        tuple(_words(scene, host)),
        refused=refused.why,
        lifted=refused.lifted,
    )


def _words(scene: Scene, host: str) -> Iterator[Word]:
    """The renewal starts wconfd anew on the master, by a vote that is asked for under the
    certificate that has ended, and so cannot be won (Ganeti 3.0.2 and 3.1.0: cli.py,
    RunWhileDaemonsStopped; WConfd/Server.hs, checkMain; Rpc.hs, CurlSSLVerifyPeer).
    """
    yield by_hand("This is by Ganeti's own source, and was tried on no machine: ask first.")
    yield from freeze(scene.answering)
    yield by_hand("No vote can be won by a certificate that has ended: for once without.")
    yield on(host, f"cp -p {DEFAULTS} {ASIDE}")
    for daemon in ("WCONFD", "LUXID"):
        line = shlex.quote(f'EXTRA_{daemon}_ARGS="{orders.UNVOTED}"')
        yield on(host, f"echo {line} >>{DEFAULTS}")
    yield on(host, RENEW, Danger.OUTAGE)
    yield by_hand("Whatever came of it, the vote counts again afterwards:")
    yield on(host, f"cp -p {ASIDE} {DEFAULTS}")
    if len(scene.answering) == len(scene.nodes):
        yield from orders.restart(host)
    else:
        yield by_hand("A node that was offline has the old certificate: it is added again later.")
    yield from thaw(scene.answering)


def _too_early(scene: Scene, clocks: dict[str, int], *, differ: bool) -> Refusal:
    """Why no certificates may be made: they begin by the clock of the node that makes them, and
    each node that is not marked offline must take them (cli.RunWhileDaemonsStopped: it ends where
    one cannot be reached by ssh, after it stopped the master's daemons).
    """
    if differ:
        return Refusal(
            "the clocks of the nodes differ: by which of them it has ended is not known",
            "all clocks are right, and it has ended by them",
        )
    ended = [end for host in clocks for _, end in _ends(scene, host) if end < clocks[host]]
    if scene.now and not any(end < scene.now for end in ended):
        return Refusal(
            "by the clock of the machine that this program runs on no certificate has ended",
            "the clocks of the nodes and of this machine are right, and it has ended by them",
        )
    host = scene.command_node
    if host not in scene.leading:
        return Refusal(
            f"luxid does not run on {host or 'any node'}, and takes this order",
            f"it runs there; if no other node leads: {orders.DAEMON} ganeti-wconfd "
            f"{orders.UNVOTED}, then ganeti-luxid alike",
        )
    for node in scene.nodes:
        member = scene.config.node(node.name) if scene.config else None
        if node.short not in scene.answering and not (member is not None and member.offline):
            marked = f"gnt-node modify -f -O yes {node.name}"
            return Refusal(
                f"{node.short} does not answer and is not marked offline: the renewal would stop "
                "Ganeti's daemons, and end at it",
                f"it answers; or it is without power, and marked offline ({marked})",
            )
    return Refusal()
