"""Let go of an instance's memory that dead connections of DRBD keep, before anything is stopped."""

from __future__ import annotations

from collections.abc import Iterator

from steps.platform.drbd import COPY
from steps.platform.facts.deadlinks import DEAD_LINKS, PORTS
from steps.recover.scene import Scene
from wizard.base.names import counted
from wizard.model.step import Command

_RANGE = " or ".join(
    f"( {end} >= :{PORTS.start} and {end} < :{PORTS.stop} )" for end in ("sport", "dport")
)
LET_GO = f"""for state in fin-wait-1 last-ack closing; do
  ss -K -Htan state $state '{_RANGE}'
done
{COPY}"""
"""ss(8), -K: what such a connection waits to send is dropped. Only those go that DRBD closed.
Before Linux 6.1.132 the connection itself stays, without its data (tcp: fix forever orphan socket
caused by tcp_abort, bac76cf89816): so what tells that it is done is that DRBD copies from now on.
"""


def orders(scene: Scene) -> Iterator[Command]:
    """On each server where an instance could not be stopped for them; once: more cannot be done."""
    for host in scene.answering:
        dead = scene.read(host, DEAD_LINKS)
        if dead is not None and dead.threaten:
            connections = counted(len(dead.links), "dead connection")
            yield Command(
                host,
                ("sh", "-c", LET_GO, "let-go"),
                f"{connections} of DRBD keep memory of instances: one that is stopped here would "
                "hang, and Xen's tools with it",
                undo="none needed: nobody hears what they would send, and DRBD knows what the "
                "other copy lacks",
                title=f"end {connections} to a server that was gone (ss -K); {COPY}",
            )
