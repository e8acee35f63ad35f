"""The words of the card: what to type in which order, and what must never be typed.

The order of the accident's commands was carried out on Ganeti 3.0 with Xen and DRBD; why each is
needed: gnt-cluster(8) (master-failover, watcher), gnt-node(8) (modify, failover, add --readd), and
the two-node vote of `verifyMasterVotes` in Ganeti's daemons, which a lone node cannot win.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.model.card import Block, Row

if TYPE_CHECKING:
    from steps.card.card import Server, Service

NO_BREAK = "\u00a0"
DAEMON = "/usr/lib/ganeti/daemon-util start"


def runbook(
    servers: Sequence[Server], services: Sequence[Service], *, live: bool, kvm: bool
) -> Iterator[Block]:
    """All blocks of commands: planned, accident in each direction, return, never."""
    master = next((one for one in servers if one.master), servers[0])
    others = [one for one in servers if one is not master]
    which = services[0].name if len(services) == 1 else "an INSTANCE"
    yield Block(
        f"A. Planned move of {which} to its other node: on {master.name}, {_login(master)}",
        tuple(_planned(master, others, services, live)),
    )
    yield Block("B. Accident: first of all", tuple(_first()))
    two = len(servers) == 2
    for letter, dead in zip("CD", (master, *others[:1]), strict=False):
        alive = others[0] if dead is master else master
        name = dead.name if two or dead is master else "NODE"
        what = f"{name}{' (master)' if dead is master else ''} is dead"
        what = what if name != "NODE" else "another one is dead (its name for NODE)"
        title = f"{letter}. Accident, {what}: on {alive.name}, {_login(alive)}"
        yield Block(title, tuple(_accident(name, alive, master, services, two=two)))
    if two:
        title = (
            "E. Ganeti is down on the living node (it restarted alone): it does not start by itself"
        )
        yield Block(title, tuple(_alone()))
    yield Block(f"{'F' if two else 'E'}. The dead NODE comes back", tuple(_returned(services, kvm)))
    yield Block("", (Row(_never(live, kvm), danger=True, label="NEVER"),))


def _login(server: Server) -> str:
    user = server.node.ssh.user
    return f"ssh{NO_BREAK}{user}@{server.node.ip}" + ("" if user == "root" else ", sudo -i")


def _names(services: Sequence[Service]) -> str:
    return ", ".join(one.name for one in services)


def _one(services: Sequence[Service]) -> str:
    return services[0].name if len(services) == 1 else "INSTANCE"


def _unlock(services: Sequence[Service]) -> Iterator[Row]:
    sealed = [one for one in services if one.encrypted]
    if sealed:
        yield Row(
            "on your machine; asks for the passphrase", f"ganeti-wizard unlock {_one(sealed)}"
        )


def _planned(
    master: Server, others: Sequence[Server], services: Sequence[Service], live: bool
) -> Iterator[Row]:
    peer = others[0].name if others else master.name
    effect = "It goes on running." if live else "It stops for some minutes."
    yield Row(f"{effect} The same commands move it back.")
    yield Row(
        "DANGER: never with a disk that is not UpToDate: it would start from old data.", danger=True
    )
    yield Row("any error: stop here", "gnt-cluster verify")
    yield Row("on both nodes: each disk UpToDate/UpToDate, else wait", "cat /proc/drbd")
    yield Row("", "gnt-cluster watcher pause 2h")
    yield Row("", f"gnt-instance {'migrate' if live else 'failover'} -f {_one(services)}")
    if not live:
        yield from _unlock(services)
    yield Row(
        f"only before work on {master.name}; type it on {peer}", "gnt-cluster master-failover"
    )
    yield Row("after the work; then 1 and 2 again", "gnt-cluster watcher continue")


def _first() -> Iterator[Row]:
    yield Row(
        "No ping, no ssh, no screen? If it only hangs: power off and on, wait 10 minutes; "
        "it heals itself."
    )
    yield Row(
        "DANGER: before you type anything, pull the dead node's POWER CABLES. An instance that "
        "runs on both nodes destroys its data.",
        danger=True,
    )


def _accident(
    dead: str, alive: Server, master: Server, services: Sequence[Service], *, two: bool
) -> Iterator[Row]:
    yield Row("first word after ds: UpToDate? If Inconsistent: STOP, call", "cat /proc/drbd")
    flag = " --no-voting" if two else ""
    if alive is master:
        yield Row(f"{alive.name}? Else first as in C: master-failover", "gnt-cluster getmaster")
    else:
        yield Row(f"answer y; errors about {dead} are normal", f"gnt-cluster master-failover{flag}")
    yield Row("", "gnt-cluster watcher pause 1h")
    yield Row("an error about ssh is normal", f"gnt-node modify -f -O yes {dead}")
    there = [one for one in services if one.primary == dead]
    today = f"starts here: {_names(there)}" if there else "starts here what ran there"
    yield Row(
        today if dead != "NODE" else "starts elsewhere what ran there",
        f"gnt-node failover -f {dead}",
    )
    yield from _unlock(services)
    yield Row("then gnt-instance list: all running?", "gnt-cluster watcher continue")


def _alone() -> Iterator[Row]:
    yield Row(
        "DANGER: only while the other node is without power; else there are two masters.",
        danger=True,
    )
    yield Row("", f"{DAEMON} ganeti-wconfd --no-voting --yes-do-it")
    yield Row("", f"{DAEMON} ganeti-luxid --no-voting --yes-do-it")


def _returned(services: Sequence[Service], kvm: bool) -> Iterator[Row]:
    yield Row("on NODE: prints nothing? Else STOP, call", "grep no-voting /etc/default/ganeti")
    what = (
        "on NODE: no guest? Else STOP, call" if kvm else "on NODE: only Domain-0? Else STOP, call"
    )
    yield Row(what, "pgrep -a qemu" if kvm else "xl list")
    yield Row(
        "on the master; if it fails: 5 min later", "gnt-node add --readd --no-ssh-key-check NODE"
    )
    yield Row("", "gnt-cluster redist-conf")
    yield Row(
        "/proc/drbd StandAlone: STOP, call; else wait",
        f"gnt-instance activate-disks {_one(services)}",
    )
    yield Row("no error? Then move back by A if you want", "gnt-cluster verify")


def _never(live: bool, kvm: bool) -> str:
    migrate = "" if live else "gnt-instance migrate (this Xen cannot) · "
    behind = "qemu or virsh by hand" if kvm else "xl create, xl destroy"
    return (
        "in an accident, anything before the power is pulled · --no-voting while both nodes "
        f"live, or left in /etc/default/ganeti · {migrate}failover --cleanup · "
        f"--ignore-consistency · drbdadm, lvremove, mounting a node's volumes · {behind}"
    )
