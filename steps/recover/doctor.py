"""What is looked at after an accident, on which machine, and what is made of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.common.facts.watcher import WATCHER
from steps.disks.facts.disks import DISKS
from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.facts.kept import KEPT
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import BYPASS, RECORDS
from steps.health.facts.modules import MODULES
from steps.health.facts.standing import STANDING
from steps.platform.facts.boot import BOOT
from steps.platform.facts.deadlinks import DEAD_LINKS
from steps.platform.facts.grub import BOOT_DISKS
from steps.platform.facts.xen import HYPERVISOR, XEN_FILES
from steps.recover.adopt.foreign import limited
from steps.recover.clocks import told_by_the_look
from steps.recover.facts.certificates import CERTIFICATES
from steps.recover.facts.copies import COPIES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.drbdstates import DRBD_STATES
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.history import HISTORY
from steps.recover.facts.hold import HOLDS
from steps.recover.facts.lineage import LINEAGE
from steps.recover.facts.loader import LOADER
from steps.recover.facts.media import MEDIA
from steps.recover.facts.paused import PAUSED
from steps.recover.facts.presence import PRESENCE
from steps.recover.facts.pulse import PULSE
from steps.recover.facts.stalled import STALLED
from steps.recover.facts.writable import WRITABLE
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations import recognised
from steps.recover.timeline import timeline
from steps.recover.views import outside
from wizard.answers import Answers
from wizard.model.facts import Fact, Facts
from wizard.model.recovery import Doctor, Findings, Seen, Situation, Standing

Lanes = Sequence[Sequence[Fact[Any]]]
NODE_LANES: Lanes = (
    # From memory alone: told even by a machine whose disk hangs.
    (PULSE, RUNNING, DRBD_STATES),
    (PRESENCE,),
    (HOLDS, GANETI, LINEAGE, BYPASS, JOBS, STALLED, CERTIFICATES, COPIES),
    (HYPERVISOR, PAUSED),
    (GENERATIONS, REPLICAS, LVM, KEPT),
    (MD, DISKS, MEDIA, BOOT_DISKS, LOADER, BOOT, XEN_FILES),
    # Not behind xl(1), which may hang for what this tells.
    (DEAD_LINKS, HISTORY, RECORDS, WATCHER, WRITABLE),
)
"""Each lane is one exec; the first is looked at alone."""
BACKUP_LANES: Lanes = ((PULSE,), (PRESENCE,), (COPIES,))
GUEST_LANES: Lanes = ((PULSE,), (CIPHERS, STANDING, RECORDS, MODULES))
LANES = {
    "node": NODE_LANES,
    "instance": GUEST_LANES,
    "backup host": BACKUP_LANES,
}
"""By role."""
TOLD = (Standing.ANSWERS, Standing.PARTIAL)
"""How a machine stands that let the wizard look."""


def facts(answers: Answers) -> Mapping[str, Lanes]:
    """The lanes of facts by host: servers, instances, backup host."""
    lanes: dict[str, Lanes] = {}
    for host, role in _roles(answers):
        # A server that keeps the backups as well is looked at as a server.
        lanes.setdefault(host, LANES[role])
    return lanes


def here(answers: Answers) -> Lanes:
    """What this machine looks at, unless it is one of the servers itself, or no part of their
    network.
    """
    if outside(answers) or any(node.ssh.local for node in answers.nodes):
        return ()
    return ((PRESENCE,),)


def judge(answers: Answers, facts: Facts, arrived: Mapping[str, float], now: float) -> Findings:
    """Who is there, and what is the matter."""
    scene = Scene(answers, facts, int(now))
    hosts = []
    anybody = False
    for host, role in _roles(answers):
        seen = _seen(scene, host, role, arrived, now)
        hosts.append(seen)
        if seen.presence.state in TOLD:
            anybody = True
    vantages = tuple(_vantages(scene))
    situations: tuple[Situation, ...] = ()
    if anybody or vantages:
        # Who saw nothing at all says nothing about the cluster.
        situations = limited(scene, recognised(scene))
    return Findings(tuple(hosts), vantages, situations, timeline(scene))


def _vantages(scene: Scene) -> Iterator[str]:
    """The places that looked for the others and have a way into their network."""
    for host in scene.facts.hosts:
        view = scene.read(host, PRESENCE)
        if view is not None and view.readings and view.route:
            yield host


def _roles(answers: Answers) -> list[tuple[str, str]]:
    roles = []
    for node in answers.nodes:
        roles.append((node.short, "node"))
    for guest in answers.guests:
        roles.append((guest.short, "instance"))
    backup = answers.backup_host
    if backup is not None:
        roles.append((backup.short, "backup host"))
    return roles


def _seen(scene: Scene, host: str, role: str, arrived: Mapping[str, float], now: float) -> Seen:
    texts = scene.facts.raw.get(host, {})
    came = []
    lacking = []
    for lane in facts(scene.answers)[host]:
        for fact in lane:
            if fact.name in texts:
                came.append(fact.name)
            else:
                lacking.append(fact.name)
    age = None
    if came and host in arrived:
        # A clock that was set back meanwhile makes nothing younger than now.
        age = max(0.0, now - arrived[host])
    there = presence(scene, host)
    return Seen(host, role, there, tuple(came), tuple(lacking), age)


def clock(answers: Answers, facts: Facts) -> int:
    """What time it was at a look, by the clock that the steps judge by."""
    return told_by_the_look(Scene(answers, facts))


DOCTOR = Doctor(facts=facts, here=here, judge=judge, clock=clock)
