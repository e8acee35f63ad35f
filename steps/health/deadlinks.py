"""Check of the way in which DRBD sends under Xen."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.look import Look
from steps.platform.drbd import COPY
from steps.platform.facts.deadlinks import DEAD_LINKS
from steps.platform.facts.drbd import MODPROBE
from steps.platform.facts.xen import HYPERVISOR
from wizard.model.verdicts import Level, Verdict

CHECK = "sending"


def sending(look: Look) -> Iterator[Verdict]:
    """An instance can be stopped where it runs, also after the other server was gone."""
    under_xen = [node.short for node in look.seen if look.facts.of(node.short, HYPERVISOR).dom0]
    well = bool(under_xen)
    for host in under_xen:
        dead = look.facts.of(host, DEAD_LINKS)
        if dead.hang:
            well = False
            yield _stuck(host)
        elif dead.in_place:
            well = False
            yield _in_place(host)
    if well:
        yield Verdict(CHECK, "", Level.OK, what="DRBD copies what it sends")


def _stuck(host: str) -> Verdict:
    return Verdict(
        CHECK,
        host,
        Level.CRITICAL,
        what="Xen is stuck: memory of an instance is kept by dead connections of DRBD, and no "
        "instance ends or starts here",
        mend="ganeti-wizard recover",
    )


def _in_place(host: str) -> Verdict:
    return Verdict(
        CHECK,
        host,
        Level.WARNING,
        what="DRBD sends out of the instances' own memory: once the other server lost its power, "
        "an instance that is stopped here may hang for ever",
        mend=f"`options drbd disable_sendpage=1` in {MODPROBE}, and {COPY}",
        step="drbd",
    )
