"""Who acts as the cluster's master: the node to give Ganeti's commands to, by what the nodes show.

The first node of the answers makes the cluster; after a takeover another one leads it. Each node
believes its own files, so a former master that comes back still names itself, and its files alone
look healthy (seen on machines). What counts is who runs the daemons of the master's role, that it
names itself, and that no other node has the cluster's address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.ganeti.facts.ganeti import (
    GANETI,
    MASTER_ROLE_DAEMONS,
    Config,
    Stored,
    server_named,
)
from steps.ganeti.leading import View, believed, contradiction
from steps.ganeti.ways import CAREFUL, RECOVER
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Finding


@dataclass(frozen=True)
class ActingMaster:
    """The master by the facts. `evidence` has a line for each node that knows the cluster.

    While it is `undecided` (the reason, else ""), `node` may be looked at, and no command of
    Ganeti's may be given there or anywhere.
    """

    node: Node
    evidence: tuple[str, ...] = ()
    undecided: str = ""


def acting_master(answers: Answers, facts: Facts) -> ActingMaster:
    """Who acts as master; before the cluster exists, the first node of the answers.

    Needs GANETI of every node that answers. The master may be a node that does not answer: then
    all that answer name it, and nobody else leads.
    """
    views = list(_views(answers, facts))
    evidence = tuple(view.evidence for view in views)
    first = answers.nodes[0]
    word = believed(views)
    if word is None or not word.named:
        return ActingMaster(first, evidence)
    node = server_named(answers, word.named)
    reason = contradiction(views)
    if node is None:
        reason = f"{word.named} is named, and it is none of the servers in the answers"
    elif reason:
        # Nobody is to be given a command; who is looked at is the one whose word was taken.
        node = server_named(answers, word.node)
    return ActingMaster(node or first, evidence, reason)


def _views(answers: Answers, facts: Facts) -> Iterator[View]:
    """Those of the nodes that answer and know the wanted cluster."""
    for node in answering(answers, facts):
        stored = facts.of(node.short, GANETI)
        if stored.cluster_name == answers.hosts.cluster_name:
            yield View(
                node=node.name,
                named=_named(stored),
                leads=not stored.lacks(MASTER_ROLE_DAEMONS),
                address=str(answers.hosts.cluster_ip) in stored.addresses,
                serial=stored.config.serial if stored.config else -1,
            )


def _named(stored: Stored) -> str:
    """The master by a node's own files: by ssconf, which every node has, else its configuration."""
    by_ssconf = stored.ssconf.get("master_node", ())
    if by_ssconf:
        return by_ssconf[0]
    config = stored.config
    return config.node_name(config.master) if config else ""


def master_host(answers: Answers, facts: Facts) -> str:
    """The short name of the acting master."""
    return acting_master(answers, facts).node.short


def answering(answers: Answers, facts: Facts) -> list[Node]:
    """The servers whose facts came. A look may do without one that is away (`Step.may_miss`)."""
    return [node for node in answers.nodes if node.short not in facts.missing]


def alone(facts: Facts, config: Config) -> bool:
    """Whether a node is away or offline: what is started or activated then may run on old data."""
    return bool(facts.missing) or any(member.offline for member in config.nodes)


def silent(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The servers that do not answer, for a step that would change what they hold as well."""
    for node in answers.nodes:
        error = facts.missing.get(node.short)
        if error is not None:
            yield Finding(
                node.short,
                what=f"it does not answer: {error.what}",
                mend=f"{error.mend or 'look at it'}; if it is gone: {RECOVER}",
            )


def cluster(answers: Answers, facts: Facts) -> Config | None:
    """The configuration on the acting master, when it is that of the wanted cluster.

    None as well while nobody can be told to be the master, or while it does not answer.
    """
    acting = acting_master(answers, facts)
    if acting.undecided or acting.node.short in facts.missing:
        return None
    config = facts.of(acting.node.short, GANETI).config
    if config is None or config.name != answers.hosts.cluster_name:
        return None
    return config


def no_master(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Why no command can be given to the cluster: its master is not decided, or does not answer."""
    acting = acting_master(answers, facts)
    host = acting.node.short
    if acting.undecided:
        yield Finding(
            host,
            what=f"the cluster's master is not decided: {acting.undecided} "
            f"({'; '.join(acting.evidence)})",
            mend=f"change nothing by hand; {RECOVER} shows both sides and what can be done",
        )
    elif host in facts.missing:
        yield Finding(
            host,
            what=f"the cluster's master does not answer: {facts.missing[host].what}",
            mend=CAREFUL,
        )


def master_is_ready(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The cluster exists, and its master is known and answers: what every later step stands on."""
    in_the_way = list(no_master(answers, facts))
    yield from in_the_way
    if not in_the_way and cluster(answers, facts) is None:
        yield Finding(
            master_host(answers, facts),
            what=f"there is no cluster {answers.hosts.cluster_name} yet",
            step="cluster",
        )
