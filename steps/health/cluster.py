"""Checks of Ganeti itself: who answers, who is master, what its own verification said."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import (
    GANETI,
    MASTER_DAEMONS,
    MASTER_ROLE_DAEMONS,
    NODE_DAEMONS,
    Config,
)
from steps.ganeti.facts.reports import REPORTS, Reports, mend
from steps.ganeti.ways import RECOVER
from steps.health.look import DAY, Look, age
from wizard.answers import Node
from wizard.base.names import clause
from wizard.model.verdicts import Level, Verdict

VERIFY_OLD = 8 * DAY
"""A verification that is older counts as none: make one a week."""
VERIFY = "ganeti-wizard health --verify"


def reach(look: Look) -> Iterator[Verdict]:
    """Every node answers the wizard."""
    for node in look.answers.nodes:
        if node.short in look.facts.raw:
            yield Verdict("reach", node.short, Level.OK, what="answers")
            continue
        error = look.facts.missing.get(node.short)
        mend = error.mend if error else ""
        yield Verdict(
            "reach",
            node.short,
            Level.CRITICAL,
            what=f"does not answer: {error.what}" if error else "was not asked",
            mend=f"{mend or 'look at it'}; {RECOVER} says what can be done, the card too",
        )


def master(look: Look) -> Iterator[Verdict]:
    """Exactly one node is master, with all its daemons; every node runs the node daemon and is in
    service.
    """
    if look.config is None:
        yield from _no_configuration(look)
        return
    leading = _leading(look)
    if len(leading) > 1:
        names = " and ".join(node.short for node in leading)
        yield Verdict(
            "master",
            "",
            Level.CRITICAL,
            what=f"{names} both run the master's daemons",
            mend=f"stop neither by guess: {RECOVER} shows both sides",
        )
    wrong = [*_members(look, look.config), *_master_serves(look, leading)]
    yield from wrong
    chosen = look.master
    if not wrong and chosen is not None and len(leading) == 1:
        yield Verdict("master", chosen.short, Level.OK, what="is the master, and its daemons run")


def _leading(look: Look) -> list[Node]:
    """The nodes that act as master, whatever the configuration says."""
    return [
        node
        for node in look.seen
        if not look.facts.of(node.short, GANETI).lacks(MASTER_ROLE_DAEMONS)
    ]


def _no_configuration(look: Look) -> Iterator[Verdict]:
    look.read_everywhere(GANETI)
    if look.seen:
        yield Verdict(
            "master",
            "",
            Level.CRITICAL,
            what="no node that answers holds this cluster's configuration",
            mend="restore the configuration if there was one",
            step="cluster",
        )


def _master_serves(look: Look, leading: list[Node]) -> Iterator[Verdict]:
    chosen = look.master
    if chosen is not None and chosen in look.seen:
        stored = look.facts.of(chosen.short, GANETI)
        lacking = stored.lacks(MASTER_DAEMONS)
        if lacking and not stored.lacks((*MASTER_ROLE_DAEMONS, *NODE_DAEMONS)):
            # Debian starts confd at boot only where a configuration lies: a node that was added
            # later and took over has none until then (seen on machines).
            yield Verdict(
                "master",
                chosen.short,
                Level.WARNING,
                what=f"acts as the master, and {clause(lacking, 'does', 'do')} not run",
                step="cluster",
            )
        elif lacking:
            yield Verdict(
                "master",
                chosen.short,
                Level.CRITICAL,
                what=f"the master's daemons do not run: {', '.join(lacking)}",
                # A lone node of two cannot win the vote that luxid and wconfd start by
                # (verifyMasterVotes in Ganeti's Daemon/Utils.hs).
                mend=(
                    f"{RECOVER}; while both nodes are up its runbook `start-master` starts them; "
                    "alone it tells whether the node may go on (`alone`), or was down longer than "
                    "the other (`first-back`)"
                ),
            )
    elif not leading:
        yield Verdict(
            "master",
            chosen.short if chosen else "",
            Level.CRITICAL,
            what=f"the master {chosen.short if chosen else 'of the configuration'} does not answer",
            mend=f"{RECOVER}; if it is dead, as the card on the wall says",
        )


def _members(look: Look, config: Config) -> Iterator[Verdict]:
    for node in look.answers.nodes:
        member = config.node(node.name)
        if member is None:
            yield Verdict(
                "master",
                node.short,
                Level.CRITICAL,
                what="is no member of the cluster",
                step="node",
            )
        elif member.offline:
            yield Verdict(
                "master",
                node.short,
                Level.WARNING,
                what="is marked offline: nothing can move there",
                mend=f"{RECOVER}; its runbook `rejoin` brings it back when it is well again",
            )
        elif member.drained:
            yield Verdict(
                "master",
                node.short,
                Level.WARNING,
                what="is drained: it gets no instance",
                mend=f"gnt-node modify -D no {node.name}",
            )
        if node in look.seen and look.facts.of(node.short, GANETI).lacks(NODE_DAEMONS):
            yield Verdict(
                "master",
                node.short,
                Level.CRITICAL,
                what="ganeti-noded does not run",
                mend=(
                    f"there: {orders.RESTART}; if it fails: journalctl and "
                    "/var/log/ganeti/node-daemon.log"
                ),
            )


def verify(look: Look) -> Iterator[Verdict]:
    """What `gnt-cluster verify` said last, and whether that still holds."""
    chosen = look.master
    if look.config is None or chosen is None or chosen not in look.seen:
        yield Verdict(
            "verify",
            "",
            Level.UNKNOWN,
            what="no master that answers is known",
            mend="see the checks reach and master",
        )
        return
    host = chosen.short
    reports = look.facts.of(host, REPORTS)
    if reports.rc < 0:
        yield Verdict(
            "verify",
            host,
            Level.UNKNOWN,
            what="gnt-cluster verify has not been run by the wizard",
            mend=VERIFY,
        )
        return
    ago = reports.age
    yield from _complaints(host, reports)
    if ago is None:
        yield Verdict(
            "verify",
            host,
            Level.UNKNOWN,
            what="the last verification lies in the future",
            mend=f"correct the clocks; then {VERIFY}",
        )
        return
    yield from _failure(host, reports, ago)
    yield from _verification(host, reports, look.config, ago)


def _complaints(host: str, reports: Reports) -> Iterator[Verdict]:
    for complaint in reports.errors:
        yield Verdict(
            "verify",
            host,
            Level.CRITICAL,
            what=complaint.text,
            mend=f"{mend(complaint)}; then {VERIFY}",
        )


def _failure(host: str, reports: Reports, ago: int) -> Iterator[Verdict]:
    """A verification that failed and named no error."""
    if reports.rc and not reports.errors:
        yield Verdict(
            "verify",
            host,
            Level.CRITICAL,
            what=f"gnt-cluster verify failed with exit code {reports.rc}, {age(ago)} ago",
            mend=f"run it by hand on {host}",
        )


def _verification(host: str, reports: Reports, config: Config, ago: int) -> Iterator[Verdict]:
    """Whether the last verification still says something about the cluster."""
    if not reports.current(config.serial):
        before = "of before the last boot"
        if reports.serial != str(config.serial):
            before = f"of an earlier state (configuration {reports.serial}, now {config.serial})"
        yield Verdict(
            "verify",
            host,
            Level.WARNING,
            what=f"the last verification, {age(ago)} ago, is {before}",
            mend=VERIFY,
        )
    elif ago > VERIFY_OLD:
        yield Verdict(
            "verify",
            host,
            Level.WARNING,
            what=f"the last verification is {age(ago)} old",
            mend=VERIFY,
        )
    elif not reports.rc:
        notes = f", {len(reports.complaints)} warnings" if reports.complaints else ""
        yield Verdict(
            "verify",
            host,
            Level.OK,
            what=f"no error{notes}, {age(ago)} ago, of the present configuration",
        )
