"""Checks of the vote and of what a new master would begin with: candidates, configuration, its
backup.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.facts.daily import BYPASS, RECORDS
from steps.health.look import HOUR, Look, copies
from steps.health.records import record
from wizard.answers import Node
from wizard.model.verdicts import Level, Verdict

CONFIG_WARNING, CONFIG_CRITICAL = 3 * HOUR, 26 * HOUR
"""Age of the configuration's backup, which is made hourly."""


def voting(look: Look) -> Iterator[Verdict]:
    """Whether a master could be voted now and after one more loss; whether something goes around
    the vote for good.
    """
    for node in look.seen:
        yield from _bypass(look, node)
    if look.config is None:
        return
    members, two = look.config.nodes, len(look.config.nodes) == 2
    for one in members:
        passive = look.node(one.name)
        if not one.candidate and not one.offline and passive is not None:
            what = "is no master candidate: it holds no configuration and could not take over"
            mend = f"gnt-node modify --master-candidate yes {one.name}"
            yield Verdict("voting", passive.short, Level.WARNING, what, mend)
    voices = len([one for one in members if look.node(one.name) in look.seen])
    alone = ", ".join(node.short for node in look.seen)
    if 2 * voices <= len(members):
        what = (
            f"{voices} of {len(members)} nodes answer: once stopped, Ganeti's master "
            "daemons do not start again by vote"
        )
        mend = (
            f"neither reboot {alone} nor restart its daemons until the other is back; else "
            "as the card on the wall says"
        )
        yield Verdict("voting", "", Level.CRITICAL, what, mend)
    elif two:
        what = (
            "both nodes vote. When one is down, the other goes on as long as its daemons run, "
            "but cannot start them by vote, and another master is made by hand only"
        )
        yield Verdict("voting", "", Level.OK, what)
    else:
        spare = (2 * voices - len(members) - 1) // 2
        yield Verdict(
            "voting",
            "",
            Level.OK,
            f"{voices} of {len(members)} nodes vote; {spare} more may be lost",
        )


def _bypass(look: Look, node: Node) -> Iterator[Verdict]:
    found = look.facts.of(node.short, BYPASS)
    if found.settings:
        what = (
            "--no-voting stands in /etc/default/ganeti: when the link breaks there will be "
            "two masters"
        )
        mend = "remove it there while both nodes are up, then service ganeti restart"
        yield Verdict("voting", node.short, Level.CRITICAL, what, mend)
    elif found.daemons:
        what = f"{', '.join(found.daemons)} runs with --no-voting since an accident"
        yield Verdict(
            "voting",
            node.short,
            Level.WARNING,
            what,
            "when both nodes are well: service ganeti restart",
        )


def config(look: Look) -> Iterator[Verdict]:
    """Every node that may become master holds the newest configuration, and a backup of it is
    fresh.
    """
    held = {node.short: found.serial for node, found in copies(look.answers, look.facts)}
    if look.config is not None:
        behind = [
            n for n in look.seen if _candidate(look, n) and held.get(n.short) != look.config.serial
        ]
        for node in behind:
            what = (
                f"holds configuration {held.get(node.short, 'none')}, the newest is "
                f"{look.config.serial}"
            )
            mend = (
                "look again when no job runs; if it stays: gnt-cluster redist-conf, and no "
                "master-failover before"
            )
            yield Verdict("config", node.short, Level.WARNING, what, mend)
        if not behind and held:
            what = f"configuration {look.config.serial} is on {' and '.join(held)}"
            yield Verdict("config", "", Level.OK, what)
    for node in look.seen:
        records = look.facts.of(node.short, RECORDS)
        yield record(
            "config-backup",
            node.short,
            records.found.get("config-backup"),
            damaged="config-backup" in records.damaged,
            now=records.now,
            limits=(CONFIG_WARNING, CONFIG_CRITICAL),
            thing="backup of the cluster's configuration",
            wanted=look.backed_up,
        )


def _candidate(look: Look, node: Node) -> bool:
    member = look.config.node(node.name) if look.config else None
    return member is not None and member.candidate and not member.offline
