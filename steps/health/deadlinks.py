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
    wrong = []
    under_xen = False
    for node in look.seen:
        host = node.short
        if not look.facts.of(host, HYPERVISOR).dom0:
            continue
        under_xen = True
        dead = look.facts.of(host, DEAD_LINKS)
        if dead.harmful and dead.stuck:
            wrong.append(
                Verdict(
                    CHECK,
                    host,
                    Level.CRITICAL,
                    what="Xen is stuck: memory of an instance is kept by dead connections of DRBD, "
                    "and no instance ends or starts here",
                    mend="ganeti-wizard recover",
                )
            )
        elif dead.in_place:
            wrong.append(
                Verdict(
                    CHECK,
                    host,
                    Level.WARNING,
                    what="DRBD sends out of the instances' own memory: once the other server lost "
                    "its power, an instance that is stopped here may hang for ever",
                    mend=f"`options drbd disable_sendpage=1` in {MODPROBE}, and {COPY}",
                    step="drbd",
                )
            )
    yield from wrong
    if under_xen and not wrong:
        yield Verdict(CHECK, "", Level.OK, what="DRBD copies what it sends")
