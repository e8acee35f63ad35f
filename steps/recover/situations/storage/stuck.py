"""Xen that waits for an instance's memory, which dead connections of DRBD keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.platform.facts.deadlinks import DEAD_LINKS, DeadLinks
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, carried_out, on, wait
from steps.recover.steps.letgo import LET_GO
from wizard.base.names import clause, counted, together
from wizard.model.recovery import Confidence, Runbook, Situation, Word


def stuck(scene: Scene) -> Iterator[Situation]:
    """All servers on which no instance ends or starts for it, in one."""
    seen: dict[str, DeadLinks] = {}
    evidence = []
    for host in scene.answering:
        dead = scene.read(host, DEAD_LINKS)
        if dead is None or not dead.hang:
            continue
        seen[host] = dead
        waiting = sum(link.waiting for link in dead.links)
        connections = counted(len(dead.links), "connection")
        what = (
            f"Xen waits for memory that is still in use; {connections} that DRBD closed would "
            f"still send {waiting} bytes to a server that was gone"
        )
        evidence.append(scene.evidence(DEAD_LINKS, host, what))
    if not seen:
        return
    yield Situation(
        "stuck",
        f"Xen on {clause(list(seen), 'is stuck', 'are stuck')}: no instance ends or starts there",
        Confidence.CERTAIN,
        tuple(evidence),
        (
            wait("Only a kernel before 6.1.84 gives such connections up by itself.", 15),
            _let_go(seen),
        ),
    )


def _let_go(seen: Mapping[str, DeadLinks]) -> Runbook:
    lasting = [host for host, dead in seen.items() if dead.lasting]
    words = [on(host, LET_GO) for host in seen]
    # A runbook does it once, as long as DRBD does not copy yet.
    if all(dead.threaten for dead in seen.values()):
        words = [*carried_out("let-go"), *words]
    words.append(Word(LOOK_AGAIN, command=True))
    refused = ""
    lifted = ""
    if lasting:
        refused = f"the kernel of {together(lasting)} lets nobody end a connection"
        lifted = "it was started anew"
    title = f"Let go of the memory on {together(list(seen))}"
    return Runbook("let-go", title, tuple(words), refused, lifted)
