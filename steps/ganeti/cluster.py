"""Make the cluster on its first node (article, row 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from steps.common.facts.release import SYSTEM, hypervisor_of, release_of
from steps.ganeti import ganeti_options as options
from steps.ganeti.cluster_checks import ground_of_master
from steps.ganeti.facts.ganeti import GANETI, MASTER_DAEMONS, Config, Stored
from steps.ganeti.facts.ground import GROUND
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Cluster
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Finding, Kind, Step

START = ("systemctl", "restart", "ganeti")
"""Debian's init script under systemd: the daemons land in their own service, whoever asked for
them.
"""
CLEAN = """set -e; umask 077
kept="/var/backups/ganeti-$(date +%Y%m%d-%H%M%S)"; mkdir -p "$kept"; cp -a /var/lib/ganeti/. "$kept"
echo "kept a copy in $kept"
/usr/lib/ganeti/tools/node-cleanup --yes-do-it --no-backup
ip address delete "$1/$2" dev "$3" 2>/dev/null || true
find /var/lib/ganeti -maxdepth 1 -type f -delete
if [ -d /var/lib/ganeti/queue ]; then find /var/lib/ganeti/queue -type f -delete; fi"""


class Standing(Enum):
    """What the first node is, with regard to the wanted cluster."""

    NONE = "no cluster"
    LEFTOVER = "files of an unfinished attempt, no configuration"
    PARTIAL = "a configuration that was never finished"
    FOREIGN = "another cluster"
    DAMAGED = "more than an unfinished attempt, and not whole"
    MOVED = "the cluster, with another master"
    DOWN = "the cluster, its daemons not running"
    UP = "the cluster"


def standing(answers: Answers, stored: Stored) -> Standing:
    """Judge what `gnt-cluster init` left, by the order in which it writes (lib/bootstrap.py,
    InitCluster).
    """
    config, known = stored.config, stored.ssconf.get("node_list", ())
    if stored.cluster_name not in ("", answers.hosts.cluster_name):
        return Standing.FOREIGN
    if config is None:
        if len(known) > 1:
            return Standing.DAMAGED
        if stored.broken:
            return Standing.PARTIAL
        return Standing.LEFTOVER if stored.leftovers else Standing.NONE
    if not finished(stored, config):
        return Standing.DAMAGED if len(config.nodes) > 1 or config.instances else Standing.PARTIAL
    if config.node_name(config.master) != answers.master.name:
        return Standing.MOVED
    return Standing.DOWN if stored.lacks(MASTER_DAEMONS) else Standing.UP


def finished(stored: Stored, config: Config) -> bool:
    """Whether all was written that the daemons need: certificate, its digest in the configuration,
    ssconf.
    """
    return bool(
        stored.cert and config.master in config.certified and stored.ssconf.get("master_node")
    )


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Everything that InitCluster refuses, and everything that must not be cleaned away."""
    host, name = answers.master.short, answers.hosts.cluster_name
    stored = facts.of(host, GANETI)
    if not stored.installed:
        yield Finding(host, "Ganeti is not installed", "finish the step that installs the packages")
        return
    state = standing(answers, stored)
    if state is not Standing.UP and "gnt-cluster" in stored.busy:
        yield Finding(
            host,
            "gnt-cluster is at work here right now",
            "wait until it has ended, then look again",
        )
        return
    if state is Standing.FOREIGN:
        what = f"the node belongs to the cluster {stored.cluster_name}, not to {name}"
        yield Finding(
            host,
            what,
            "correct the cluster's name in the answers, or destroy the other cluster by hand",
        )
    elif state is Standing.DAMAGED:
        what = f"the configuration of {name} is damaged, and it has had nodes or instances"
        yield Finding(
            host,
            what,
            "restore /var/lib/ganeti/config.data from a backup; nothing is cleaned away here",
        )
    elif state is Standing.MOVED and stored.config is not None:
        now = stored.config.node_name(stored.config.master) or "unknown"
        what = f"the master of {name} is now {now}"
        yield Finding(
            host,
            what,
            f"name {now} first in the answers, or run gnt-cluster master-failover on {host}",
        )
    elif state in (Standing.NONE, Standing.LEFTOVER, Standing.PARTIAL):
        yield from ground_of_master(answers, facts)


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Clean an unfinished attempt, make the cluster, or bring an existing one to the answers."""
    host = answers.master.short
    stored, hypervisor = facts.of(host, GANETI), hypervisor_of(answers, facts, host)
    state = standing(answers, stored)
    if state in (Standing.LEFTOVER, Standing.PARTIAL):
        yield _clean(answers, state)
    if state in (Standing.NONE, Standing.LEFTOVER, Standing.PARTIAL):
        yield _init(
            answers, options.init(answers, hypervisor, release_of(facts, host).usermode_helper)
        )
    if state is Standing.DOWN:
        yield _start(
            host, f"the cluster is made, but {', '.join(stored.lacks(MASTER_DAEMONS))} does not run"
        )
    if state is Standing.UP and stored.config is not None:
        yield from _modify(answers, options.modify(answers, stored.config, hypervisor))


def _clean(answers: Answers, state: Standing) -> Command:
    values = (str(answers.hosts.cluster_ip), str(answers.bridge.prefix), answers.bridge.name)
    return Command(
        host=answers.master.short,
        argv=("sh", "-c", CLEAN, "clean-ganeti", *values),
        kind=Kind.UNIT,
        danger=Danger.DESTROY,
        confirm=answers.hosts.cluster_name,
        why=(
            f"an earlier gnt-cluster init left {state.value}; it refuses to begin again "
            "before they are gone"
        ),
        risk="the unfinished configuration is removed; it has no other node and no instance",
        undo="everything is copied to /var/backups/ganeti-DATE first",
        title=f"remove what an unfinished gnt-cluster init of {answers.hosts.cluster_name} left",
        minutes=0.5,
    )


def _init(answers: Answers, argv: tuple[str, ...]) -> Command:
    return Command(
        host=answers.master.short,
        argv=argv,
        kind=Kind.UNIT,
        why="makes this node the first member and the master of the cluster",
        risk=(
            "root's RSA key on this node is replaced (the old one is kept as a backup "
            "file); other keys stay"
        ),
        undo=(
            f"gnt-cluster destroy --yes-do-it, as long as {answers.hosts.cluster_name} has "
            "no other node"
        ),
        minutes=1,
    )


def _start(host: str, why: str) -> Command:
    undo = "systemctl stop ganeti"
    return Command(host=host, argv=START, kind=Kind.UNIT, why=why, undo=undo, minutes=0.5)


def _modify(answers: Answers, wanted: tuple[str, ...]) -> Iterator[Command]:
    if wanted:
        yield Command(
            host=answers.master.short,
            argv=("gnt-cluster", "modify", "--submit", "--print-jobid", *wanted),
            kind=Kind.JOB,
            why=(
                "the cluster's parameters differ from the answers; running instances take "
                "them at their next start"
            ),
            undo="gnt-cluster modify with the old values, which gnt-cluster info shows",
            minutes=0.2,
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The cluster is there with the values asked for, its daemons run, its address is on the
    bridge.
    """
    host = answers.master.short
    stored = facts.of(host, GANETI)
    config = stored.config
    if config is None or config.name != answers.hosts.cluster_name:
        yield Finding(host, f"there is no cluster {answers.hosts.cluster_name}", "run this step")
        return
    for daemon in stored.lacks(MASTER_DAEMONS):
        yield Finding(
            host,
            f"{daemon} does not run",
            "systemctl restart ganeti, then look into /var/log/ganeti",
        )
    address = str(answers.hosts.cluster_ip)
    if facts.of(host, GROUND).device_of(address) != answers.bridge.name:
        what = f"the cluster's address {address} is not on {answers.bridge.name}"
        yield Finding(host, what, "gnt-cluster activate-master-ip")
    for label, is_now, wanted in _fixed(answers, config):
        if is_now != wanted:
            yield Finding(
                host,
                f"the cluster's {label} is {is_now}, not {wanted}",
                "see gnt-cluster(8), modify",
            )


def _fixed(answers: Answers, config: Config) -> Iterable[tuple[str, str, str]]:
    yield "volume group", config.vg, answers.lvm.vg
    yield "address", config.ip, str(answers.hosts.cluster_ip)
    yield "network device", config.netdev, answers.bridge.name
    yield "netmask", str(config.netmask), str(answers.bridge.prefix)
    yield "MAC prefix", config.mac_prefix, answers.cluster.mac_prefix
    yield "hypervisor", ",".join(config.hypervisors), answers.xen.hypervisor


STEP = Step(
    id="cluster",
    title="Make the cluster",
    reason=(
        "Ganeti turns the servers into one cluster with one name and one address, which follow "
        "the master. The first node becomes the master; the instance is best placed on another "
        "one, so that neither death takes both."
    ),
    then="gnt-cluster init -b eth0 -g xenvg --master-netdev eth0 cluster1.name.org",
    now="gnt-cluster init with the bridge, the volume group, DRBD and the hypervisor spelled out",
    plan=plan,
    verify=verify,
    section=Cluster,
    facts=(SYSTEM, GANETI, GROUND, HYPERVISOR),
    needs=("hosts", "bridge", "lvm", "reboot", "drbd"),
    blockers=blockers,
    minutes=2,
)
