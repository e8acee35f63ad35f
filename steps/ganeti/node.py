"""Add every further node to the cluster (article, row 12)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from steps.common import keys_back
from steps.common.facts.release import SYSTEM
from steps.common.grammar import public_key
from steps.ganeti import orders
from steps.ganeti.acting import acting_master, cluster, master_host, master_is_ready, silent
from steps.ganeti.cleanup import CLEAN_NODE, restart_daemons
from steps.ganeti.cluster_checks import clocks, further, joining
from steps.ganeti.facts.ganeti import (
    GANETI,
    MASTER_ROLE_DAEMONS,
    NODE_DAEMONS,
    Config,
    MemberNode,
    Stored,
    key_digest,
)
from steps.ganeti.facts.ground import GROUND
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.under_way import follow
from steps.ganeti.ways import RECOVER
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step, on_nodes

ADD = "OP_NODE_ADD"
AUTHORISE = """set -e; umask 077; mkdir -p /root/.ssh; f=/root/.ssh/authorized_keys; touch "$f"
[ -z "$(tail -c 1 "$f")" ] || echo >>"$f"
printf '%s\\n' "$1" >>"$f"; sync "$f\""""

KNOW = """set -e; f=/var/lib/ganeti/known_hosts
key=$(ssh-keygen -F "$1" -f /root/.ssh/known_hosts |
  awk '$2 == "ssh-ed25519" { print $2, $3; exit }')
[ -n "$key" ] || { echo "root does not know the ed25519 key of $1: run the step trust"; exit 1; }
umask 077; { grep -v "^$1 " "$f" || :; echo "$1 $key"; } >"$f.gw-new"
chown --reference="$f" "$f.gw-new"; chmod --reference="$f" "$f.gw-new"
sync "$f.gw-new"; mv -f "$f.gw-new" "$f\""""
"""A node's host key, as the step `trust` pinned it, where Ganeti's ssh looks for it.

`gnt-node add` gives ssh no other file of known keys (Ganeti 3.0, lib/ssh.py, _BuildSshOptions). It
asks for the node by its own name first; then, when the node has the cluster's RSA key, by the
cluster's, whose line Ganeti wrote. The ed25519 key of one node must not stand under the cluster's
name: ssh would prefer that kind and refuse all other nodes. Adding a node copies the file to all.
"""


class Membership(Enum):
    """What a node is to the cluster."""

    NEW = "not a member"
    LEFTOVER = "not a member, with files of another cluster or of an earlier one of the same name"
    JOINING = "being added right now"
    HALF = "in the configuration, and not finished"
    UNTOLD = "a member that the cluster's configuration has not reached"
    OFFLINE = "a member marked offline"
    SILENT = "not answering"
    DOWN = "a member whose daemons do not run"
    MEMBER = "a member"


TO_BE_ADDED = (Membership.NEW, Membership.LEFTOVER, Membership.HALF)


def membership(config: Config, facts: Facts, answers: Answers, node: Node) -> Membership:
    """Judge what `gnt-node add` left, by the order in which it works (client/gnt_node.py,
    cmdlib/node.py).

    First keys and daemon by ssh, then the job: configuration, ancillary files, client certificate,
    ssh keys.
    """
    host = master_host(answers, facts)
    if facts.of(host, JOBS).live(ADD, node=node.name):
        return Membership.JOINING
    member = config.node(node.name)
    if member is not None and member.offline:
        return Membership.OFFLINE
    if node.short in facts.missing:
        return Membership.SILENT
    stored = facts.of(node.short, GANETI)
    master = facts.of(host, GANETI)
    foreign = stored.cert not in ("", master.cert)
    if member is None:
        return Membership.LEFTOVER if foreign else Membership.NEW
    if foreign:
        return Membership.LEFTOVER
    if not _joined(member, config, stored, master):
        return Membership.HALF
    if stored.lacks(NODE_DAEMONS):
        return Membership.DOWN
    if node.name not in stored.ssconf.get("node_list", ()) or stored.cluster_name != config.name:
        return Membership.UNTOLD
    return Membership.MEMBER


def _joined(member: MemberNode, config: Config, stored: Stored, master: Stored) -> bool:
    """Whether certificate and keys are in place."""
    if not stored.cert:
        return False
    # Only a candidate for the master's role has keys for the other nodes (Ganeti's security
    # documentation).
    if not member.candidate:
        return True
    return member.uuid in config.certified and key_digest(stored.root_key) in master.authorized


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The cluster is there; what gnt-node add needs; what must not be undone by adding."""
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    acting = acting_master(answers, facts).node
    master = acting.short
    others = further(answers, acting)
    states = {node.short: membership(config, facts, answers, node) for node in others}
    done = all(state is Membership.MEMBER for state in states.values())
    if not done and "gnt-node" in facts.of(master, GANETI).busy:
        yield Finding(
            master,
            what="gnt-node is at work here right now",
            mend="wait until it has ended, then look again",
        )
        return
    if any(state in TO_BE_ADDED for state in states.values()):
        for daemon in facts.of(master, GANETI).lacks(MASTER_ROLE_DAEMONS):
            yield Finding(
                master, what=f"{daemon} does not run, so no node can be added", step="cluster"
            )
        yield from clocks(answers, facts)
    for node in others:
        state = states[node.short]
        if state is Membership.OFFLINE:
            yield _offline(config, node)
        elif state is not Membership.SILENT:
            yield from _node(answers, facts, config, node, state)
    if Membership.SILENT in states.values():
        yield from silent(answers, facts)


def _offline(config: Config, node: Node) -> Finding:
    return Finding(
        node.short,
        what=f"{node.name} is marked offline in {config.name}",
        mend=f"{RECOVER}: the runbook `rejoin` brings it back, after a look at what it holds",
    )


def _node(
    answers: Answers, facts: Facts, config: Config, node: Node, state: Membership
) -> Iterator[Finding]:
    stored = facts.of(node.short, GANETI)
    if not stored.installed:
        yield Finding(node.short, what="Ganeti is not installed", step="packages")
    elif state is Membership.LEFTOVER and stored.cluster_name not in ("", config.name):
        yield Finding(
            node.short,
            what=f"the node belongs to the cluster {stored.cluster_name}",
            mend=(
                f"remove it there (gnt-node remove {node.name}), or destroy that cluster, "
                "then go on"
            ),
        )
    elif state in TO_BE_ADDED:
        yield from joining(answers, facts, node)


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """One node after the other: authorise the master's key, clean leftovers, add or add again,
    start daemons.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    master = acting_master(answers, facts).node
    for number, node in enumerate(further(answers, master)):
        # Two stages a node: what it needs done to itself, then what the master does with it.
        on_node = 2 * number
        on_master = on_node + 1
        state = membership(config, facts, answers, node)
        if state in TO_BE_ADDED:
            yield from _authorise(facts, master.short, node, on_node)
        if state is Membership.LEFTOVER:
            yield _clean(node, on_node)
        if state in TO_BE_ADDED:
            again = config.node(node.name) is not None
            yield know(master.short, node, on_master)
            yield _add(master.short, node, again=again, stage=on_master)
        elif state is Membership.JOINING:
            yield _follow(facts, master.short, node, on_master)
        elif state is Membership.DOWN:
            lacking = ", ".join(facts.of(node.short, GANETI).lacks(NODE_DAEMONS))
            why = f"the node is a member, but {lacking} does not run"
            yield restart_daemons(node.short, why, on_node)
        elif state is Membership.UNTOLD:
            yield _tell(master.short, node, on_master)


def _follow(facts: Facts, master: str, node: Node, stage: int) -> Command:
    job = facts.of(master, JOBS).live(ADD, node=node.name)[0]
    why = f"job {job.id} is adding {node.name} already; it is followed"
    return follow(master, job.id, why, stage)


def _tell(master: str, node: Node, stage: int) -> Command:
    return Command(
        host=master,
        argv=("gnt-cluster", "redist-conf", *SUBMIT),
        kind=Kind.JOB,
        why=(
            f"the cluster's configuration has not reached {node.short}: wconfd sends it once "
            "and does not try again"
        ),
        undo="none needed: it sends what is in force already",
        stage=stage,
        minutes=0.5,
    )


def _authorise(facts: Facts, master: str, node: Node, stage: int) -> Iterator[Command]:
    key = public_key(facts.of(master, GANETI).root_key, master)
    if key and key_digest(key) not in facts.of(node.short, GANETI).authorized:
        yield Command(
            host=node.short,
            argv=("sh", "-c", AUTHORISE, "authorise", key),
            why=(
                f"gnt-cluster init gave root on {master} a new key, and "
                "gnt-node add logs in with it"
            ),
            undo=keys_back.lines("/root/.ssh/authorized_keys", (key,)),
            title=f"authorise root's new key of {master} for root's login",
            stage=stage,
        )


def _clean(node: Node, stage: int) -> Command:
    return Command(
        host=node.short,
        argv=("sh", "-c", CLEAN_NODE, "clean-node"),
        kind=Kind.UNIT,
        danger=Danger.DESTROY,
        confirm=node.name,
        why="the node holds the certificate of another cluster, with which gnt-node add refuses it",
        risk=f"the configuration files of a former cluster on {node.short} are removed",
        undo="put back what is in /var/backups/ganeti-DATE: all of it is copied there first",
        title="remove what another cluster left in /var/lib/ganeti",
        stage=stage,
        minutes=0.5,
    )


def know(master: str, node: Node, stage: int) -> Command:
    """What has to come before each `gnt-node add`, which may have no terminal to ask about a host
    key on.
    """
    return Command(
        host=master,
        argv=("sh", "-c", KNOW, "know", node.name),
        why=(
            f"gnt-node add sends the cluster's keys to {node.short}: by this key it knows that no "
            "other machine gets them"
        ),
        undo=f"sed -i '/^{node.name} /d' /var/lib/ganeti/known_hosts",
        title=f"give Ganeti the host key of {node.name} that the step trust has pinned",
        stage=stage,
    )


def _add(master: str, node: Node, *, again: bool, stage: int) -> Command:
    why = "makes the node a member and a candidate for the master's role"
    if again:
        why = "an earlier attempt did not finish: adding again brings everything in step"
    readd = ("--readd",) if again else ()
    return Command(
        host=master,
        argv=("gnt-node", "add", *readd, node.name),
        kind=Kind.UNIT,
        why=why,
        risk=f"root's RSA key and the ssh server's RSA and ECDSA keys on {node.short} are replaced",
        undo=f"gnt-node remove {node.name}, while no instance uses it; its files stay on it",
        stage=stage,
        minutes=2,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Every node is a whole member, all agree who is master, and the daemons reach each other."""
    config = cluster(answers, facts)
    if config is None:
        yield from master_is_ready(answers, facts)
        return
    master = acting_master(answers, facts).node
    for node in further(answers, master):
        state = membership(config, facts, answers, node)
        if state is not Membership.MEMBER:
            yield Finding(node.short, what=f"the node is {state.value}", step=THIS_STEP)
            continue
        yield from _knows_master(facts, master.name, node)
        yield from _daemons_reach(facts, master, node)
        yield from _daemons_reach(facts, node, master)


def _knows_master(facts: Facts, master: str, node: Node) -> Iterator[Finding]:
    believed = facts.of(node.short, GANETI).ssconf.get("master_node", ())
    if believed != (master,):
        yield Finding(
            node.short,
            what=f"the node takes {' '.join(believed) or 'nobody'} for the master, not {master}",
            mend="gnt-cluster redist-conf on the master",
        )


def _daemons_reach(facts: Facts, source: Node, target: Node) -> Iterator[Finding]:
    port = facts.of(source.short, GROUND).ports.get(target.short)
    if port != "open":
        yield Finding(
            source.short,
            what=f"the node daemon of {target.short} does not answer: its port is {port}",
            mend=f"on {target.short}: {orders.RESTART}; then check firewalls",
        )


STEP = Step(
    id="node",
    title="Add the other nodes",
    reason=(
        "The second server joins as the hot standby. From now on the configuration is copied to "
        "every node, so that each of them can become the master."
    ),
    then="gnt-node add node2.name.org",
    now="gnt-node add NODE, after the master's new key is authorised there and its host key known",
    plan=plan,
    verify=verify,
    facts=(SYSTEM, GANETI, GROUND, JOBS, HYPERVISOR),
    needs=("trust", "cluster"),
    may_miss=on_nodes,
    blockers=blockers,
    minutes=3,
)
