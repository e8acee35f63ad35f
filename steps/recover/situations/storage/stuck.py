"""Xen that waits for an instance's memory, which dead connections of DRBD keep."""

from __future__ import annotations

from collections.abc import Iterator

from steps.platform.facts.deadlinks import DEAD_LINKS
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, carried_out, on, wait
from steps.recover.steps.letgo import LET_GO
from wizard.base.names import clause, counted, together
from wizard.model.recovery import Confidence, Runbook, Situation, Word


def stuck(scene: Scene) -> Iterator[Situation]:
    """All servers on which no instance ends or starts for it, in one."""
    hosts = []
    evidence = []
    for host in scene.answering:
        dead = scene.read(host, DEAD_LINKS)
        if dead is None or not (dead.stuck and dead.harmful):
            continue
        hosts.append(host)
        waiting = sum(link.waiting for link in dead.links)
        connections = counted(len(dead.links), "connection")
        what = (
            f"Xen waits for memory that is still in use; {connections} that DRBD closed would "
            f"still send {waiting} bytes to a server that was gone"
        )
        evidence.append(scene.evidence(DEAD_LINKS, host, what))
    if not hosts:
        return
    yield Situation(
        "stuck",
        f"Xen on {clause(hosts, 'is stuck', 'are stuck')}: no instance ends or starts there",
        Confidence.CERTAIN,
        tuple(evidence),
        (
            wait("Only a kernel before 6.1.84 gives such connections up by itself.", 15),
            _let_go(scene, hosts),
        ),
    )


def _let_go(scene: Scene, hosts: list[str]) -> Runbook:
    lasting = [host for host in hosts if not _can_end(scene, host)]
    words = [on(host, LET_GO) for host in hosts]
    if all(_is_let_go(scene, host) for host in hosts):
        words = [*carried_out("let-go"), *words]
    words.append(Word(LOOK_AGAIN, command=True))
    refused = ""
    lifted = ""
    if lasting:
        refused = f"the kernel of {together(lasting)} lets nobody end a connection"
        lifted = "it was started anew"
    title = f"Let go of the memory on {together(hosts)}"
    return Runbook("let-go", title, tuple(words), refused, lifted)


def _is_let_go(scene: Scene, host: str) -> bool:
    """Whether a runbook would do it: once, as long as DRBD does not copy yet."""
    dead = scene.read(host, DEAD_LINKS)
    return dead is not None and dead.in_place


def _can_end(scene: Scene, host: str) -> bool:
    dead = scene.read(host, DEAD_LINKS)
    return dead is not None and not dead.lasting
