"""Checks of Ganeti itself: who answers, who is master, what its own verification said."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, MASTER_DAEMONS, NODE_DAEMONS
from steps.ganeti.facts.reports import REPORTS
from steps.health.look import DAY, Look, age
from wizard.model.verdicts import Level, Verdict

VERIFY_OLD = 8 * DAY
"""A verification that is older counts as none: make one a week."""
READD = "gnt-node add --readd {name}, when it is well again"


def reach(look: Look) -> Iterator[Verdict]:
    """Every node answers the wizard."""
    for node in look.answers.nodes:
        error = look.facts.missing.get(node.short)
        if node.short in look.facts.raw:
            yield Verdict("reach", node.short, Level.OK, "answers")
        else:
            what = f"does not answer: {error.what}" if error else "was not asked"
            mend = (
                error.mend if error else ""
            ) or "look at it; is it really dead, the card on the wall says what to do"
            yield Verdict("reach", node.short, Level.CRITICAL, what, mend)


def master(look: Look) -> Iterator[Verdict]:
    """Exactly one node is master, with all its daemons; every node runs the node daemon and is in
    service.
    """
    leading = [
        n
        for n in look.seen
        if not look.facts.of(n.short, GANETI).lacks(("ganeti-luxid", "ganeti-wconfd"))
    ]
    if look.config is None:
        if look.seen:
            what = "no node that answers holds this cluster's configuration"
            yield Verdict(
                "master",
                "",
                Level.CRITICAL,
                what,
                "finish the step `cluster`, or restore the configuration",
            )
        return
    if len(leading) > 1:
        what = f"{' and '.join(node.short for node in leading)} both run the master's daemons"
        mend = (
            "stop them on the one with the older configuration: service ganeti stop; then "
            "find out why"
        )
        yield Verdict("master", "", Level.CRITICAL, what, mend)
    chosen = look.master
    bad = list(_members(look))
    if chosen is not None and chosen in look.seen:
        lacking = look.facts.of(chosen.short, GANETI).lacks(MASTER_DAEMONS)
        if lacking:
            what = f"the master's daemons do not run: {', '.join(lacking)}"
            mend = (
                "service ganeti restart, while both nodes are up; alone, as the card on "
                "the wall says"
            )
            bad.append(Verdict("master", chosen.short, Level.CRITICAL, what, mend))
    elif len(leading) == 0:
        what = f"the master {chosen.short if chosen else 'of the configuration'} does not answer"
        mend = "if it is dead, make the other one master as the card on the wall says"
        bad.append(Verdict("master", chosen.short if chosen else "", Level.CRITICAL, what, mend))
    yield from bad
    if not bad and chosen is not None and len(leading) == 1:
        yield Verdict("master", chosen.short, Level.OK, "is the master, and its daemons run")


def _members(look: Look) -> Iterator[Verdict]:
    assert look.config is not None
    for node in look.answers.nodes:
        member = look.config.node(node.name)
        if member is None:
            yield Verdict(
                "master",
                node.short,
                Level.CRITICAL,
                "is no member of the cluster",
                "finish the step `node`",
            )
        elif member.offline:
            mend = READD.format(name=node.name)
            yield Verdict(
                "master",
                node.short,
                Level.WARNING,
                "is marked offline: nothing can move there",
                mend,
            )
        elif member.drained:
            mend = f"gnt-node modify -D no {node.name}"
            yield Verdict(
                "master", node.short, Level.WARNING, "is drained: it gets no instance", mend
            )
        if node in look.seen and look.facts.of(node.short, GANETI).lacks(NODE_DAEMONS):
            mend = (
                "service ganeti restart there; if it fails: journalctl and "
                "/var/log/ganeti/node-daemon.log"
            )
            yield Verdict("master", node.short, Level.CRITICAL, "ganeti-noded does not run", mend)


def verify(look: Look) -> Iterator[Verdict]:
    """What `gnt-cluster verify` said last, and whether that still holds."""
    chosen = look.master
    if look.config is None or chosen is None or chosen not in look.seen:
        yield Verdict(
            "verify",
            "",
            Level.UNKNOWN,
            "no master that answers is known",
            "see the checks reach and master",
        )
        return
    report, host, mend = (
        look.facts.of(chosen.short, REPORTS),
        chosen.short,
        "ganeti-wizard health --verify",
    )
    if report.rc < 0:
        yield Verdict(
            "verify", host, Level.UNKNOWN, "gnt-cluster verify has not been run by the wizard", mend
        )
        return
    for one in report.errors:
        what = f"{one.code}: {one.domain} {one.item}: {one.message}"
        yield Verdict(
            "verify",
            host,
            Level.CRITICAL,
            what,
            "gnt-cluster(8), verify, explains the code; then " + mend,
        )
    if report.rc and not report.errors:
        what = f"gnt-cluster verify failed with exit code {report.rc}, {age(report.age)} ago"
        yield Verdict("verify", host, Level.CRITICAL, what, f"run it by hand on {host}")
    if not report.current(look.config.serial):
        seen = f"configuration {report.serial}, now {look.config.serial}"
        since = (
            f"of an earlier state ({seen})"
            if report.serial != str(look.config.serial)
            else "of before the last boot"
        )
        what = f"the last verification, {age(report.age)} ago, is {since}"
        yield Verdict("verify", host, Level.WARNING, what, mend)
    elif report.age > VERIFY_OLD:
        yield Verdict(
            "verify", host, Level.WARNING, f"the last verification is {age(report.age)} old", mend
        )
    elif not report.rc:
        notes = f", {len(report.complaints)} warnings" if report.complaints else ""
        yield Verdict(
            "verify",
            host,
            Level.OK,
            f"no error{notes}, {age(report.age)} ago, of the present configuration",
        )
