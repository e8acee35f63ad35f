"""Make the cluster on its first node (article, row 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from steps.common.facts.release import SYSTEM, hypervisor_of, release_of
from steps.ganeti import former, orders
from steps.ganeti import ganeti_options as options
from steps.ganeti.acting import acting_master, master_host, no_master, silent
from steps.ganeti.cleanup import CLEAN_MASTER, restart_daemons, start_daemons
from steps.ganeti.cluster_checks import ground_of_master
from steps.ganeti.facts.ganeti import (
    GANETI,
    MASTER_DAEMONS,
    MASTER_ROLE_DAEMONS,
    Config,
    Stored,
)
from steps.ganeti.facts.ground import GROUND, Ground
from steps.ganeti.ways import RECOVER
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Cluster, Node
from wizard.base.names import clause
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step, on_nodes
from wizard.model.undo import Undo


class ClusterState(Enum):
    """What the acting master is, with regard to the wanted cluster."""

    NONE = "no cluster"
    LEFTOVER = "files of an unfinished attempt, no configuration"
    PARTIAL = "a configuration that was never finished"
    FOREIGN = "another cluster"
    DAMAGED = "more than an unfinished attempt, and not whole"
    MOVED = "the cluster, whose configuration names another master"
    DOWN = "the cluster, its daemons not running"
    UP = "the cluster"


TO_BE_CLEANED = (ClusterState.LEFTOVER, ClusterState.PARTIAL)
TO_BE_MADE = (ClusterState.NONE, *TO_BE_CLEANED)


def cluster_state(answers: Answers, master: Node, stored: Stored) -> ClusterState:
    """Judge what `gnt-cluster init` left, by the order in which it writes (lib/bootstrap.py,
    InitCluster).
    """
    config = stored.config
    if stored.cluster_name not in ("", answers.hosts.cluster_name):
        return ClusterState.FOREIGN
    if config is None:
        return _without_configuration(stored)
    if not finished(stored, config):
        in_use = len(config.nodes) > 1 or config.instances
        return ClusterState.DAMAGED if in_use else ClusterState.PARTIAL
    if config.node_name(config.master) != master.name:
        return ClusterState.MOVED
    if stored.lacks(MASTER_DAEMONS):
        return ClusterState.DOWN
    return ClusterState.UP


def _without_configuration(stored: Stored) -> ClusterState:
    # A list of several nodes is written long after init: this was a cluster once, and lost its
    # configuration.
    if len(stored.ssconf.get("node_list", ())) > 1:
        return ClusterState.DAMAGED
    if stored.broken:
        return ClusterState.PARTIAL
    if stored.leftovers:
        return ClusterState.LEFTOVER
    return ClusterState.NONE


def finished(stored: Stored, config: Config) -> bool:
    """Whether all was written that the daemons need: certificate, its digest in the configuration,
    ssconf.
    """
    certified = config.master in config.certified
    return bool(stored.cert and certified and stored.ssconf.get("master_node"))


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Everything that InitCluster refuses, and everything that must not be cleaned away."""
    unavailable = list(no_master(answers, facts))
    if unavailable:
        yield from unavailable
        return
    master = acting_master(answers, facts).node
    host = master.short
    stored = facts.of(host, GANETI)
    if not stored.installed:
        yield Finding(host, what="Ganeti is not installed", step="packages")
        return
    state = cluster_state(answers, master, stored)
    if state is not ClusterState.UP and "gnt-cluster" in stored.busy:
        yield Finding(
            host,
            what="gnt-cluster is at work here right now",
            mend="wait until it has ended, then look again",
        )
    elif state in TO_BE_MADE and facts.missing:
        yield from silent(answers, facts)
    elif state in TO_BE_MADE:
        yield from ground_of_master(answers, facts)
    else:
        yield from _not_ours_to_mend(answers, host, stored, state)


def _not_ours_to_mend(
    answers: Answers, host: str, stored: Stored, state: ClusterState
) -> Iterator[Finding]:
    name = answers.hosts.cluster_name
    if state is ClusterState.FOREIGN:
        yield Finding(
            host,
            what=f"the node belongs to the cluster {stored.cluster_name}, not to {name}",
            mend=(
                "correct the cluster's name in the answers, or destroy the other cluster by hand"
            ),
        )
    elif state is ClusterState.DAMAGED:
        yield Finding(
            host,
            what=f"the configuration of {name} is damaged, and it has had nodes or instances",
            mend=(
                "restore /var/lib/ganeti/config.data from a backup; nothing is cleaned away here"
            ),
        )
    elif state is ClusterState.MOVED and stored.config is not None:
        master = stored.config.node_name(stored.config.master) or "unknown"
        yield Finding(
            host,
            what=(
                f"{host} acts as the master of {name}, and its configuration names {master}: "
                "the change of the master did not end"
            ),
            mend=f"{RECOVER} says what can be done; no other command is given to this cluster",
        )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Clean an unfinished attempt, make the cluster, or bring an existing one to the answers."""
    master = acting_master(answers, facts).node
    host = master.short
    stored = facts.of(host, GANETI)
    hypervisor = hypervisor_of(answers, facts, host)
    state = cluster_state(answers, master, stored)
    if state in TO_BE_CLEANED:
        yield _clean(answers, host, state)
    if state in TO_BE_MADE:
        helper = release_of(facts, host).usermode_helper
        yield _init(answers, host, options.init(answers, hypervisor, helper))
    if state is ClusterState.DOWN:
        yield _start(host, stored)
    if state is ClusterState.UP and stored.config is not None:
        differing = options.modify(answers, stored.config, hypervisor)
        back = former.cluster(answers, stored.config, hypervisor)
        yield from _modify(host, differing, back)
        yield from _activate(answers, host, facts.of(host, GROUND))


def _start(host: str, stored: Stored) -> Command:
    """Start what does not run.

    A restart of all daemons would have luxid and wconfd ask for votes again, which a lone node
    cannot win: while they run, only the others are started. After a takeover that is confd, which
    Debian's init script starts only where a configuration lay at boot (seen on machines).
    """
    lacking = stored.lacks(MASTER_DAEMONS)
    why = f"the cluster is made, but {clause(lacking, 'does', 'do')} not run"
    if stored.lacks(MASTER_ROLE_DAEMONS):
        return restart_daemons(host, why)
    return start_daemons(host, lacking, why)


def _clean(answers: Answers, host: str, state: ClusterState) -> Command:
    address = str(answers.hosts.cluster_ip)
    prefix = str(answers.bridge.prefix)
    return Command(
        host=host,
        argv=("sh", "-c", CLEAN_MASTER, "clean-ganeti", address, prefix, answers.bridge.name),
        kind=Kind.UNIT,
        danger=Danger.DESTROY,
        confirm=answers.hosts.cluster_name,
        why=(
            f"an earlier gnt-cluster init left {state.value}; it refuses to begin again "
            "before they are gone"
        ),
        risk="the unfinished configuration is removed; it has no other node and no instance",
        undo="put back what is in /var/backups/ganeti-DATE: all of it is copied there first",
        title=f"remove what an unfinished gnt-cluster init of {answers.hosts.cluster_name} left",
        minutes=0.5,
    )


def _init(answers: Answers, host: str, argv: tuple[str, ...]) -> Command:
    return Command(
        host=host,
        argv=argv,
        kind=Kind.UNIT,
        why="makes this node the first member and the master of the cluster",
        risk=(
            "root's RSA key on this node is replaced (the old one is kept as a backup "
            "file); other keys stay"
        ),
        undo=(
            f"gnt-cluster destroy --yes-do-it, as long as {answers.hosts.cluster_name} has "
            "no other node and no instance"
        ),
        minutes=1,
    )


def _modify(host: str, differing: tuple[str, ...], back: Undo | str) -> Iterator[Command]:
    if differing:
        yield Command(
            host=host,
            argv=("gnt-cluster", "modify", *SUBMIT, *differing),
            kind=Kind.JOB,
            why=(
                "the cluster's parameters differ from the answers; running instances take "
                "them at their next start"
            ),
            undo=back,
            minutes=0.2,
        )


def _activate(answers: Answers, host: str, ground: Ground) -> Iterator[Command]:
    """Take the cluster's address, unless another machine answers at it.

    `gnt-cluster init` ends well without it when the node's own daemon did not answer within the 5 s
    of RPC_CONNECT_TIMEOUT: a busy node, seen on machines.
    """
    address = str(answers.hosts.cluster_ip)
    if ground.device_of(address) == answers.bridge.name or address in ground.answering:
        return
    yield Command(
        host=host,
        argv=("gnt-cluster", "activate-master-ip"),
        kind=Kind.UNIT,
        why=f"the cluster's address {address} is not on {answers.bridge.name}",
        undo=Undo(("gnt-cluster", "deactivate-master-ip", "--yes"), unit=True),
        minutes=0.5,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The cluster is there with the values asked for, its daemons run, its address is on the
    bridge.
    """
    host = master_host(answers, facts)
    stored = facts.of(host, GANETI)
    config = stored.config
    if config is None or config.name != answers.hosts.cluster_name:
        yield Finding(
            host,
            what=f"there is no cluster {answers.hosts.cluster_name}",
            step=THIS_STEP,
        )
        return
    for daemon in stored.lacks(MASTER_DAEMONS):
        yield Finding(
            host,
            what=f"{daemon} does not run",
            mend=f"{orders.RESTART}; then look into /var/log/ganeti",
        )
    address = str(answers.hosts.cluster_ip)
    ground = facts.of(host, GROUND)
    if ground.device_of(address) != answers.bridge.name:
        # Where nobody answers, the plan above takes it.
        mend = "find the machine that answers at it, and take the address from there"
        yield Finding(
            host,
            what=f"the cluster's address {address} is not on {answers.bridge.name}",
            mend=mend if address in ground.answering else "",
            step="" if address in ground.answering else THIS_STEP,
        )
    for label, actual, expected in _fixed(answers, config):
        if actual != expected:
            yield Finding(
                host,
                what=f"the cluster's {label} is {actual}, not {expected}",
                mend="see gnt-cluster(8), modify",
            )


def _fixed(answers: Answers, config: Config) -> Iterable[tuple[str, str, str]]:
    """What is given once, at `gnt-cluster init`: label, actual value, expected one."""
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
    may_miss=on_nodes,
    blockers=blockers,
    minutes=2,
)
