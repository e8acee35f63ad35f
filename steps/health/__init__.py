"""Daily life: what to look at on nodes, guests and backup host, and the checks of it. Pure, one
function a check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.common.facts.release import SYSTEM
from steps.common.facts.watcher import WATCHER
from steps.disks.facts.lvm import LVM
from steps.disks.facts.md import MD
from steps.ganeti.console import verification
from steps.ganeti.facts.drbdminors import REPLICAS
from steps.ganeti.facts.ganeti import GANETI
from steps.ganeti.facts.kept import KEPT
from steps.ganeti.facts.reports import REPORTS
from steps.health import (
    bridges,
    clock,
    cluster,
    deadlinks,
    given_up,
    guests,
    journal,
    kernels,
    mirrored,
    reboots,
    replication,
    storage,
    vote,
    watcher,
)
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import BYPASS, FILESYSTEMS, RECORDS
from steps.health.facts.journal import JOURNAL
from steps.health.facts.modules import MODULES
from steps.health.facts.reboots import REBOOTS
from steps.health.facts.standing import STANDING
from steps.health.facts.unmirrored import UNMIRRORED
from steps.health.look import Check, Look, guarded, newest
from steps.network.facts.firewall import PACKET_FILTER
from steps.network.facts.names import CLOCK
from steps.platform.facts.boot import BOOT
from steps.platform.facts.deadlinks import DEAD_LINKS
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers
from wizard.model.facts import Fact, Facts
from wizard.model.step import Command
from wizard.model.verdicts import Checkup, Verdict

CHECKS: tuple[tuple[str, Check], ...] = (
    ("reach", cluster.reach),
    ("raid", storage.raid),
    ("mirrored", mirrored.mirrored),
    ("lvm", storage.lvm),
    ("drbd", replication.drbd),
    ("sending", deadlinks.sending),
    ("snapshots", given_up.snapshots),
    ("master", cluster.master),
    ("verify", cluster.verify),
    ("voting", vote.voting),
    ("config", vote.config),
    ("watcher", watcher.watched),
    ("clock", clock.clocks),
    ("bridge", bridges.bridges),
    ("journal", journal.journals),
    ("instance", guests.instance),
    ("guest", guests.guest),
    ("kernel", kernels.kernels),
    ("volume", guests.volume),
    ("backup", guests.backup),
    ("space", storage.space),
    ("reboots", reboots.reboots),
)
"""All checks by name, in the order in which they are shown."""
NODE_FACTS: tuple[Fact[Any], ...] = (
    # The clock comes first: what one node needs for the others does not count.
    *(CLOCK, SYSTEM, MD, LVM, REPLICAS, GANETI, REPORTS, HYPERVISOR, DEAD_LINKS),
    *(FILESYSTEMS, RECORDS, BYPASS, KEPT, WATCHER, REBOOTS, UNMIRRORED, BOOT, JOURNAL),
    PACKET_FILTER,
)
GUEST_FACTS: tuple[Fact[Any], ...] = (FILESYSTEMS, RECORDS, CIPHERS, STANDING, REBOOTS, MODULES)
PLACE_FACTS: tuple[Fact[Any], ...] = (FILESYSTEMS,)


def checkup_facts(answers: Answers) -> Mapping[str, Sequence[Fact[Any]]]:
    """The facts by host: nodes, then instances by the first label of their names, then the backup
    host in use.
    """
    by_host: dict[str, Sequence[Fact[Any]]] = {}
    for node in answers.nodes:
        by_host[node.short] = NODE_FACTS
    for instance in answers.instance.wanted:
        by_host.setdefault(instance.short, GUEST_FACTS)
    if answers.backup_host is not None and answers.backup.kind != "none":
        by_host.setdefault(answers.backup_host.short, PLACE_FACTS)
    return by_host


def judge(answers: Answers, facts: Facts) -> Iterator[Verdict]:
    """All checks. One that fails on what it reads is unknown; a host that is missing stops no check
    of the others.
    """
    look = Look(answers, facts, newest(answers, facts))
    for name, check in CHECKS:
        yield from guarded(name, check, look)


def verify(answers: Answers, facts: Facts) -> Command | None:
    """The command that has Ganeti check itself and keeps the result on the master; None without one
    that answers.
    """
    look = Look(answers, facts, newest(answers, facts))
    if look.master is None or look.master not in look.seen:
        return None
    host = look.master.short
    return Command(
        host,
        verification(facts, host),
        why="Ganeti's own check of nodes, disks, networks, versions, instances",
        title="gnt-cluster verify --error-codes",
    )


CHECKUP = Checkup(facts=checkup_facts, judge=judge, verify=verify)
