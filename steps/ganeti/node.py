"""Add every further node to the cluster (article, row 12)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from steps.common.facts.release import SYSTEM
from steps.ganeti.cluster_checks import clocks, joining, master_is_ready
from steps.ganeti.facts.ganeti import (
    GANETI,
    NODE_DAEMONS,
    Config,
    Member,
    Stored,
    cluster,
    key_digest,
)
from steps.ganeti.facts.ground import GROUND
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.under_way import follow
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Finding, Kind, Step

CLEAN = """set -e; umask 077
kept="/var/backups/ganeti-$(date +%Y%m%d-%H%M%S)"; mkdir -p "$kept"; cp -a /var/lib/ganeti/. "$kept"
echo "kept a copy in $kept"
/usr/lib/ganeti/tools/node-cleanup --yes-do-it --no-backup
find /var/lib/ganeti -maxdepth 1 -type f -delete"""
AUTHORISE = """set -e; umask 077; mkdir -p /root/.ssh; f=/root/.ssh/authorized_keys; touch "$f"
[ -z "$(tail -c 1 "$f")" ] || echo >>"$f"
printf '%s\\n' "$1" >>"$f"; sync "$f\""""


class Membership(Enum):
    """What a node is to the cluster."""

    NEW = "not a member"
    LEFTOVER = "not a member, with files of another cluster or of an earlier one of the same name"
    JOINING = "being added right now"
    HALF = "in the configuration, and not finished"
    UNTOLD = "a member that the cluster's configuration has not reached"
    OFFLINE = "a member marked offline"
    DOWN = "a member whose daemons do not run"
    MEMBER = "a member"


def membership(config: Config, facts: Facts, answers: Answers, node: Node) -> Membership:
    """Judge what `gnt-node add` left, by the order in which it works (client/gnt_node.py,
    cmdlib/node.py).

    First keys and daemon by ssh, then the job: configuration, ancillary files, client certificate,
    ssh keys.
    """
    stored, member = facts.of(node.short, GANETI), config.node(node.name)
    if facts.of(answers.master.short, JOBS).live("OP_NODE_ADD", node=node.name):
        return Membership.JOINING
    master = facts.of(answers.master.short, GANETI)
    same = stored.cert in ("", master.cert)
    if member is None:
        return Membership.NEW if same else Membership.LEFTOVER
    if member.offline:
        return Membership.OFFLINE
    if not same:
        return Membership.LEFTOVER
    if not _joined(member, config, stored, master):
        return Membership.HALF
    if stored.lacks(NODE_DAEMONS):
        return Membership.DOWN
    told = node.name in stored.ssconf.get("node_list", ()) and stored.cluster_name == config.name
    return Membership.MEMBER if told else Membership.UNTOLD


def _joined(member: Member, config: Config, stored: Stored, master: Stored) -> bool:
    """Whether certificate and keys are in place; only candidates for the master's role have keys."""  # noqa: E501
    certified = member.uuid in config.certified
    trusted = key_digest(stored.root_key) in master.authorized
    return bool(stored.cert) and (not member.candidate or (certified and trusted))


def further(answers: Answers) -> list[Node]:
    """All nodes but the master, in the order of the answers."""
    return answers.nodes[1:]


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The cluster is there; what gnt-node add needs; what must not be undone by adding."""
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    states = {node.short: membership(config, facts, answers, node) for node in further(answers)}
    done = all(state is Membership.MEMBER for state in states.values())
    if not done and "gnt-node" in facts.of(answers.master.short, GANETI).busy:
        what = "gnt-node is at work here right now"
        yield Finding(answers.master.short, what, "wait until it has ended, then look again")
        return
    if any(
        state in (Membership.NEW, Membership.LEFTOVER, Membership.HALF) for state in states.values()
    ):
        yield from _daemons(answers, facts)
        yield from clocks(answers, facts)
    for node in further(answers):
        state, stored = states[node.short], facts.of(node.short, GANETI)
        if not stored.installed:
            yield Finding(
                node.short, "Ganeti is not installed", "finish the step that installs the packages"
            )
        elif state is Membership.OFFLINE:
            what = f"{node.name} is marked offline in {config.name}"
            yield Finding(
                node.short,
                what,
                "it was taken out on purpose: bring it back as the runbook for that says",
            )
        elif state is Membership.LEFTOVER and stored.cluster_name not in ("", config.name):
            what = f"the node belongs to the cluster {stored.cluster_name}"
            mend = (
                f"remove it there (gnt-node remove {node.name}), or destroy that cluster, "
                "then go on"
            )
            yield Finding(node.short, what, mend)
        elif state in (Membership.NEW, Membership.LEFTOVER, Membership.HALF):
            yield from joining(answers, facts, node)


def _daemons(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for daemon in facts.of(answers.master.short, GANETI).lacks(("ganeti-luxid", "ganeti-wconfd")):
        what = f"{daemon} does not run, so no node can be added"
        yield Finding(answers.master.short, what, "finish the step `cluster`")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """One node after the other: authorise the master's key, clean leftovers, add or add again,
    start daemons.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    for number, node in enumerate(further(answers)):
        state = membership(config, facts, answers, node)
        if state in (Membership.NEW, Membership.LEFTOVER, Membership.HALF):
            yield from _authorise(answers, facts, node, 2 * number)
        if state is Membership.LEFTOVER:
            yield _clean(node, 2 * number)
        if state is Membership.JOINING:
            job = facts.of(answers.master.short, JOBS).live("OP_NODE_ADD", node=node.name)[0]
            yield follow(
                answers,
                job.id,
                f"job {job.id} is adding {node.name} already; it is followed",
                2 * number + 1,
            )
        elif state in (Membership.NEW, Membership.LEFTOVER, Membership.HALF):
            again = config.node(node.name) is not None
            yield _add(answers, node, again=again, stage=2 * number + 1)
        elif state is Membership.DOWN:
            lacking = ", ".join(facts.of(node.short, GANETI).lacks(NODE_DAEMONS))
            yield Command(
                host=node.short,
                argv=("systemctl", "restart", "ganeti"),
                kind=Kind.UNIT,
                why=f"the node is a member, but {lacking} does not run",
                undo="systemctl stop ganeti",
                stage=2 * number,
                minutes=0.5,
            )
        elif state is Membership.UNTOLD:
            yield _tell(answers, node, 2 * number + 1)


def _tell(answers: Answers, node: Node, stage: int) -> Command:
    why = (
        f"the cluster's configuration has not reached {node.short}: wconfd sends it once "
        "and does not try again"
    )
    return Command(
        host=answers.master.short,
        argv=("gnt-cluster", "redist-conf", "--submit", "--print-jobid"),
        kind=Kind.JOB,
        why=why,
        undo="none needed: it sends what is in force already",
        stage=stage,
        minutes=0.5,
    )


def _authorise(answers: Answers, facts: Facts, node: Node, stage: int) -> Iterator[Command]:
    key = facts.of(answers.master.short, GANETI).root_key
    if key and key_digest(key) not in facts.of(node.short, GANETI).authorized:
        yield Command(
            host=node.short,
            argv=("sh", "-c", AUTHORISE, "authorise", key),
            why=(
                f"gnt-cluster init gave root on {answers.master.short} a new key, and "
                "gnt-node add logs in with it"
            ),
            undo="remove the line from /root/.ssh/authorized_keys",
            title=f"authorise root's new key of {answers.master.short} for root's login",
            stage=stage,
        )


def _clean(node: Node, stage: int) -> Command:
    return Command(
        host=node.short,
        argv=("sh", "-c", CLEAN, "clean-node"),
        kind=Kind.UNIT,
        danger=Danger.DESTROY,
        confirm=node.name,
        why="the node holds the certificate of another cluster, with which gnt-node add refuses it",
        risk=f"the configuration files of a former cluster on {node.short} are removed",
        undo="everything is copied to /var/backups/ganeti-DATE first",
        title="remove what another cluster left in /var/lib/ganeti",
        stage=stage,
        minutes=0.5,
    )


def _add(answers: Answers, node: Node, *, again: bool, stage: int) -> Command:
    why = "makes the node a member and a candidate for the master's role"
    return Command(
        host=answers.master.short,
        argv=("gnt-node", "add", *(["--readd"] if again else []), "--no-ssh-key-check", node.name),
        kind=Kind.UNIT,
        why="an earlier attempt did not finish: adding again brings everything in step"
        if again
        else why,
        risk=f"root's RSA key and the ssh server's RSA and ECDSA keys on {node.short} are replaced",
        undo=f"gnt-node remove {node.name}",
        stage=stage,
        minutes=2,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Every node is a whole member, all agree on who is master, and the daemons reach each other."""  # noqa: E501
    config = cluster(answers, facts)
    if config is None:
        yield from master_is_ready(answers, facts)
        return
    for node in further(answers):
        state = membership(config, facts, answers, node)
        if state is not Membership.MEMBER:
            yield Finding(node.short, f"the node is {state.value}", "run this step again")
            continue
        named = facts.of(node.short, GANETI).ssconf.get("master_node", ())
        if named != (answers.master.name,):
            what = (
                f"the node takes {' '.join(named) or 'nobody'} for the master, not "
                f"{answers.master.name}"
            )
            yield Finding(node.short, what, "gnt-cluster redist-conf on the master")
        for one, other in ((answers.master, node), (node, answers.master)):
            port = facts.of(one.short, GROUND).ports.get(other.short)
            if port != "open":
                what = f"the node daemon of {other.short} does not answer: its port is {port}"
                yield Finding(
                    one.short,
                    what,
                    f"systemctl restart ganeti on {other.short}, then check firewalls",
                )


STEP = Step(
    id="node",
    title="Add the other nodes",
    reason=(
        "The second server joins as the hot standby. From now on the configuration is copied to "
        "every node, so that each of them can become the master."
    ),
    then="gnt-node add node2.name.org",
    now="gnt-node add --no-ssh-key-check NODE, after the master's new key is authorised there",
    plan=plan,
    verify=verify,
    facts=(SYSTEM, GANETI, GROUND, JOBS, HYPERVISOR),
    needs=("trust", "cluster"),
    blockers=blockers,
    minutes=3,
)
