"""Checks of the vote and of what a new master would begin with: candidates, configuration, its
backup.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import GANETI, Config
from steps.ganeti.ways import RECOVER, way
from steps.health.facts.daily import BYPASS, RECORDS
from steps.health.look import HOUR, Look, copies
from steps.health.records import Repeated
from wizard.answers import Node
from wizard.base.names import clause
from wizard.model.verdicts import Level, Verdict


def voting(look: Look) -> Iterator[Verdict]:
    """Whether a master could be voted now and after one more loss; whether something goes around
    the vote for good.
    """
    for node in look.seen:
        yield from _bypass(look, node)
    if look.config is None:
        return
    yield from _no_candidates(look, look.config)
    yield _majority(look, look.config)


def _no_candidates(look: Look, config: Config) -> Iterator[Verdict]:
    for member in config.nodes:
        node = look.node(member.name)
        if node is not None and not member.candidate and not member.offline:
            yield Verdict(
                "voting",
                node.short,
                Level.WARNING,
                what="is no master candidate: it holds no configuration and could not take over",
                mend=f"gnt-node modify --master-candidate yes {member.name}",
            )


def _majority(look: Look, config: Config) -> Verdict:
    # All nodes of the configuration count as voters, those marked offline too, and more than half
    # of them must agree (verifyMasterVotes in Ganeti's Daemon/Utils.hs).
    voters = len(config.nodes)
    voices = len([member for member in config.nodes if look.node(member.name) in look.seen])
    if 2 * voices <= voters:
        living = ", ".join(node.short for node in look.seen)
        return Verdict(
            "voting",
            "",
            Level.CRITICAL,
            what=(
                f"{voices} of {voters} nodes answer: once stopped, Ganeti's master "
                "daemons do not start again by vote"
            ),
            mend=(
                f"neither reboot {living} nor restart its daemons until the other is back; else "
                f"{RECOVER}, or as the card on the wall says"
            ),
        )
    if voters == 2:
        return Verdict(
            "voting",
            "",
            Level.OK,
            what=(
                "both nodes vote. When one is down, the other goes on as long as its daemons "
                "run, but cannot start them by vote, and another master is made by hand only"
            ),
        )
    spare = (2 * voices - voters - 1) // 2
    return Verdict(
        "voting",
        "",
        Level.OK,
        what=f"{voices} of {voters} nodes vote; {spare} more may be lost",
    )


def _bypass(look: Look, node: Node) -> Iterator[Verdict]:
    bypass = look.facts.of(node.short, BYPASS)
    if bypass.settings:
        yield Verdict(
            "voting",
            node.short,
            Level.CRITICAL,
            what=(
                "--no-voting stands in /etc/default/ganeti: when the link breaks there will be "
                "two masters"
            ),
            mend=f"{RECOVER}; {way('one-master')} takes it out",
        )
    elif bypass.daemons:
        yield Verdict(
            "voting",
            node.short,
            Level.WARNING,
            what=f"{clause(bypass.daemons, 'runs', 'run')} with --no-voting since an accident",
            mend=f"when both nodes are well: {orders.RESTART}",
        )


def config(look: Look) -> Iterator[Verdict]:
    """Every node that may become master holds the newest configuration, and a backup of it is
    fresh.
    """
    if look.config is not None:
        yield from _same_everywhere(look, look.config)
    backup = Repeated(
        "config-backup",
        thing="backup of the cluster's configuration",
        step="configbackup",
        # It is made hourly.
        warning=3 * HOUR,
        critical=26 * HOUR,
        wanted=look.backed_up,
    )
    for node in look.seen:
        yield backup.judge(node.short, look.facts.of(node.short, RECORDS))


def _same_everywhere(look: Look, newest: Config) -> Iterator[Verdict]:
    look.read_everywhere(GANETI)
    held = {node.short: config.serial for node, config in copies(look.answers, look.facts)}
    behind = [
        node
        for node in look.seen
        if _candidate(newest, node) and held.get(node.short) != newest.serial
    ]
    for node in behind:
        yield Verdict(
            "config",
            node.short,
            Level.WARNING,
            what=(
                f"holds configuration {held.get(node.short, 'none')}, the newest is {newest.serial}"
            ),
            # master-failover takes an older configuration without a word (Ganeti issue 1242).
            mend=(
                "look again when no job runs; if it stays: gnt-cluster redist-conf, and no "
                "master-failover before"
            ),
        )
    if not behind and held:
        yield Verdict(
            "config",
            "",
            Level.OK,
            what=f"configuration {newest.serial} is on {' and '.join(held)}",
        )


def _candidate(config: Config, node: Node) -> bool:
    member = config.node(node.name)
    return member is not None and member.candidate and not member.offline
