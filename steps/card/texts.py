"""The words of the card: what to type in which order, and what must never be typed.

The order of the accident's commands was carried out on Ganeti 3.0 with Xen and DRBD; why each is
needed: gnt-cluster(8) (master-failover, watcher), gnt-node(8) (modify, failover, add --readd), and
the two-node vote of `verifyMasterVotes` in Ganeti's daemons, which a lone node cannot win.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steps.card.subjects import CardServer, CardService
from wizard.model.card import Block, Row

NO_BREAK = "\u00a0"
DAEMON = "/usr/lib/ganeti/daemon-util start"

HEADERS = (
    "copies of the LUKS headers lie on the operator's machine only, in headers/ of the state "
    "directory"
)


def runbook(
    servers: Sequence[CardServer], services: Sequence[CardService], *, live: bool, kvm: bool
) -> Iterator[Block]:
    """All blocks of commands: planned, accident in each direction, return, never."""
    masters = [server for server in servers if server.master]
    master = masters[0] if masters else servers[0]
    others = [server for server in servers if server is not master]
    two = len(servers) == 2
    yield _planned_move(master, others, services, live)
    yield Block("B. Accident: first of all", tuple(_first()))
    yield from _accidents(master, others, services, two=two)
    if two:
        yield Block(
            "E. Ganeti is down on the living node (it restarted alone): "
            "it does not start by itself",
            tuple(_alone()),
        )
    letter = "F" if two else "E"
    yield Block(f"{letter}. The dead NODE comes back", tuple(_returned(services, kvm)))
    kept = []
    if any(service.encrypted for service in services):
        kept.append(Row(HEADERS, label="KEEP"))
    yield Block("", (*kept, Row(_never(live, kvm), danger=True, label="NEVER")))


def _planned_move(
    master: CardServer, others: Sequence[CardServer], services: Sequence[CardService], live: bool
) -> Block:
    which = services[0].name if len(services) == 1 else "an INSTANCE"
    title = f"A. Planned move of {which} to its other node: on {master.name}, {_login(master)}"
    return Block(title, tuple(_planned(master, others, services, live)))


def _accidents(
    master: CardServer,
    others: Sequence[CardServer],
    services: Sequence[CardService],
    *,
    two: bool,
) -> Iterator[Block]:
    if others:
        alive = others[0]
        title = f"C. Accident, {master.name} (master) is dead: on {alive.name}, {_login(alive)}"
        yield Block(title, tuple(_accident(master.name, alive, master, services, two=two)))
        name = others[0].name if two else "NODE"
        what = f"{name} is dead" if two else "another one is dead (its name for NODE)"
        title = f"D. Accident, {what}: on {master.name}, {_login(master)}"
        yield Block(title, tuple(_accident(name, master, master, services, two=two)))


def _login(server: CardServer) -> str:
    user = server.node.ssh.user
    become_root = "" if user == "root" else ", sudo -i"
    return f"ssh{NO_BREAK}{user}@{server.node.ip}{become_root}"


def _names(services: Sequence[CardService]) -> str:
    return ", ".join(service.name for service in services)


def _one(services: Sequence[CardService]) -> str:
    return services[0].name if len(services) == 1 else "INSTANCE"


def _unlock(services: Sequence[CardService]) -> Iterator[Row]:
    sealed = [service for service in services if service.encrypted]
    if sealed:
        yield Row(
            "on your machine; asks for the passphrase",
            f"ganeti-wizard unlock {_one(sealed)}",
        )


def _planned(
    master: CardServer, others: Sequence[CardServer], services: Sequence[CardService], live: bool
) -> Iterator[Row]:
    peer = others[0].name if others else master.name
    effect = "It goes on running." if live else "It stops for some minutes."
    yield Row(f"{effect} The same commands move it back.")
    yield Row(
        "DANGER: never with a disk that is not UpToDate: it would start from old data.",
        danger=True,
    )
    yield Row("any error: stop here", "gnt-cluster verify")
    yield Row("on both nodes: each disk UpToDate/UpToDate, else wait", "cat /proc/drbd")
    yield Row("", "gnt-cluster watcher pause 2h")
    move = "migrate" if live else "failover"
    yield Row("", f"gnt-instance {move} -f {_one(services)}")
    if not live:
        # A live guest keeps its volume open; one that was started anew has it locked.
        yield from _unlock(services)
    yield Row(
        f"only before work on {master.name}; type it on {peer}",
        "gnt-cluster master-failover",
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
    dead: str,
    alive: CardServer,
    master: CardServer,
    services: Sequence[CardService],
    *,
    two: bool,
) -> Iterator[Row]:
    yield Row("first word after ds: UpToDate? If Inconsistent: STOP, call", "cat /proc/drbd")
    if alive is master:
        yield Row(f"{alive.name}? Else first as in C: master-failover", "gnt-cluster getmaster")
    else:
        # Of two nodes one is no majority; of three or more, two can vote.
        flag = " --no-voting" if two else ""
        yield Row(f"answer y; errors about {dead} are normal", f"gnt-cluster master-failover{flag}")
    yield Row("", "gnt-cluster watcher pause 1h")
    yield Row("an error about ssh is normal", f"gnt-node modify -f -O yes {dead}")
    yield Row(_what_starts(dead, services), f"gnt-node failover -f {dead}")
    yield from _unlock(services)
    yield Row("then gnt-instance list: all running?", "gnt-cluster watcher continue")


def _what_starts(dead: str, services: Sequence[CardService]) -> str:
    if dead == "NODE":
        return "starts elsewhere what ran there"
    there = [service for service in services if service.primary == dead]
    if there:
        return f"starts here: {_names(there)}"
    return "starts here what ran there"


def _alone() -> Iterator[Row]:
    yield Row(
        "DANGER: only while the other node is without power; else there are two masters.",
        danger=True,
    )
    yield Row("", f"{DAEMON} ganeti-wconfd --no-voting --yes-do-it")
    yield Row("", f"{DAEMON} ganeti-luxid --no-voting --yes-do-it")


def _returned(services: Sequence[CardService], kvm: bool) -> Iterator[Row]:
    yield Row("on NODE: prints nothing? Else STOP, call", "grep no-voting /etc/default/ganeti")
    if kvm:
        yield Row("on NODE: no guest? Else STOP, call", "pgrep -a qemu")
    else:
        yield Row("on NODE: only Domain-0? Else STOP, call", "xl list")
    # A node that still starts does not answer noded's first calls, and --readd leaves it offline.
    yield Row(
        "on the master; if it fails: 5 min later",
        "gnt-node add --readd NODE",
    )
    yield Row("", "gnt-cluster redist-conf")
    yield Row(
        "/proc/drbd StandAlone: STOP, call; else wait",
        f"gnt-instance activate-disks {_one(services)}",
    )
    yield Row("no error? Then move back by A if you want", "gnt-cluster verify")


def _never(live: bool, kvm: bool) -> str:
    migrate = "" if live else "gnt-instance migrate (this Xen cannot) · "
    behind_ganeti = "qemu or virsh by hand" if kvm else "xl create, xl destroy"
    return (
        "in an accident, anything before the power is pulled · --no-voting while both nodes "
        f"live, or left in /etc/default/ganeti · {migrate}failover --cleanup · "
        f"--ignore-consistency · drbdadm, lvremove, mounting a node's volumes · {behind_ganeti}"
    )
