"""What is looked at after an accident, on which machine, and what is made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.facts.jobs import JOBS
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import BYPASS, RECORDS
from steps.health.facts.standing import STANDING
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.copies import COPIES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.history import HISTORY
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations import recognised
from wizard.answers import Answers
from wizard.model.facts import Fact, Facts
from wizard.model.recovery import Doctor, Findings, Seen, Standing

Lanes = Sequence[Sequence[Fact[Any]]]
NODE_LANES: Lanes = (
    # From memory alone: told even by a machine whose disk hangs.
    (PULSE, RUNNING, DRBD_STATES),
    (PRESENCE,),
    (GANETI, LINEAGE, BYPASS, JOBS, CERTIFICATES, COPIES),
    (HYPERVISOR,),
    (GENERATIONS, REPLICAS, LVM),
    (MD,),
    (HISTORY, RECORDS),
)
"""Each lane is one exec; the first is looked at alone."""
BACKUP_LANES: Lanes = ((PULSE,), (PRESENCE,), (COPIES,))
GUEST_LANES: Lanes = ((PULSE,), (CIPHERS, STANDING, RECORDS))


def facts(answers: Answers) -> Mapping[str, Lanes]:
    """The lanes of facts by host: servers, instances, backup host."""
    wanted: dict[str, Lanes] = {node.short: NODE_LANES for node in answers.nodes}
    for guest in answers.guests:
        wanted.setdefault(guest.short, GUEST_LANES)
    if answers.backup_host is not None:
        wanted.setdefault(answers.backup_host.short, BACKUP_LANES)
    return wanted


def here(answers: Answers) -> Lanes:
    """What this machine looks at, unless it is one of the servers itself."""
    if any(node.ssh.local for node in answers.nodes):
        return ()
    return ((PRESENCE,),)


def judge(answers: Answers, facts: Facts, arrived: Mapping[str, float], now: float) -> Findings:
    """Who is there, and what is the matter."""
    scene = Scene(answers, facts, int(now))
    hosts = tuple(_seen(scene, host, role, arrived, now) for host, role in _roles(answers))
    vantages = []
    for host in facts.hosts:
        view = scene.read(host, PRESENCE)
        if view is not None and view.readings and view.route:
            vantages.append(host)
    told = (Standing.ANSWERS, Standing.PARTIAL)
    nobody = not any(seen.presence.state in told for seen in hosts)
    situations = () if nobody and not vantages else recognised(scene)
    return Findings(hosts, tuple(vantages), situations)


def _roles(answers: Answers) -> list[tuple[str, str]]:
    roles = [(node.short, "node") for node in answers.nodes]
    roles += [(guest.short, "instance") for guest in answers.guests]
    if answers.backup_host is not None:
        roles.append((answers.backup_host.short, "backup host"))
    return roles


def _seen(scene: Scene, host: str, role: str, arrived: Mapping[str, float], now: float) -> Seen:
    wanted = [fact.name for lane in facts(scene.answers)[host] for fact in lane]
    came = tuple(name for name in wanted if name in scene.facts.raw.get(host, {}))
    lacking = tuple(name for name in wanted if name not in came)
    age = max(0.0, now - arrived[host]) if came and host in arrived else None
    return Seen(host, role, presence(scene, host), came, lacking, age)


DOCTOR = Doctor(facts=facts, here=here, judge=judge)
