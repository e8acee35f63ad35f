"""The words of the card: what to type in which order, and what must never be typed.

What is typed after an accident, and in which order, is `steps/ganeti/orders.py`'s, as it is the
diagnosis'; here it is cut into blocks that fit one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from steps.card.subjects import CardServer, CardService
from steps.ganeti import orders
from steps.ganeti.ways import RECOVER, way
from wizard.model.card import Block, Row
from wizard.model.recovery import Word

NO_BREAK = "\u00a0"

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
    yield Block("B. Accident, on the living node: first of all", tuple(_first(two=two)))
    yield from _accidents(master, others, services, two=two)
    if two:
        yield Block(
            "E. Accident, the living node restarted alone and is master: this, then D from 3",
            tuple(_alone()),
        )
    letter = "F" if two else "E"
    title = f"{letter}. The dead NODE comes back: 2 of B on each node, then"
    yield Block(title, tuple(_returned(kvm)))
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


def _one(services: Sequence[CardService]) -> str:
    return services[0].name if len(services) == 1 else "INSTANCE"


def rows(words: Iterable[Word]) -> Iterator[Row]:
    """Orders as rows; what is said of a command stands beside it."""
    remark = ""
    for word in words:
        if word.command:
            yield Row(remark.removesuffix(":"), word.text)
            remark = ""
        elif word.text.endswith(":"):
            remark = word.text
        else:
            yield Row(word.text)


def _unlock(services: Sequence[CardService]) -> Iterator[Row]:
    sealed = [service for service in services if service.encrypted]
    if sealed:
        command = orders.unlock(_one(sealed)).text
        yield Row("on your machine", command)


def _goes_on(remark: str) -> Row:
    return Row(remark, orders.unpause("").text)


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
        f"before work on this node: type it on {peer}",
        orders.VOTED,
    )
    yield Row("after the work; then 1 and 2 again", "gnt-cluster watcher continue")


def _first(*, two: bool) -> Iterator[Row]:
    again = orders.merely_stopped("it")
    yield Row(f"No ping, no ssh, no screen? {again} Wait 10 minutes: it heals itself.")
    power_off = orders.power_off("the dead node").text
    yield Row(f"DANGER: before you type anything: {power_off}", danger=True)
    yield Row("with it at hand do as it says; else by this card", RECOVER)
    yield Row("", orders.pause("").text)
    # Its disks are down since a boot: whether it was the last one up is the first question.
    restarted = "it restarted: only E, or call" if two else "STOP, call"
    yield Row(f"ds:UpToDate? Else STOP, call. Empty: {restarted}", "cat /proc/drbd")


def _accident(
    dead: str,
    alive: CardServer,
    master: CardServer,
    services: Sequence[CardService],
    *,
    two: bool,
) -> Iterator[Row]:
    if alive is master:
        yield Row(f"{alive.name}? Else first 1 of C", "gnt-cluster getmaster")
    # Of two nodes one is no majority; of three or more, two can vote.
    yield from rows(
        orders.go_on_alone(
            "", dead, [_one(services)], was_master=alive is not master, voted=not two
        )
    )
    yield from _unlock(services)
    yield _goes_on("then gnt-instance list: all running?")


def _alone() -> Iterator[Row]:
    again = orders.newer_first("it")
    yield Row(
        f"DANGER: only after B. Did the other one run last? {again}",
        danger=True,
    )
    yield from rows(orders.lead_alone("", "NODE"))


def _returned(kvm: bool) -> Iterator[Row]:
    yield Row("on NODE: prints nothing? Else STOP, call", "grep no-voting /etc/default/ganeti")
    if kvm:
        yield Row("on NODE: no guest? Else STOP, call", "pgrep -a qemu")
    else:
        yield Row("on NODE: only Domain-0? Else STOP, call", "xl list")
    yield from rows(orders.take_in("", "NODE"))
    # Ganeti promotes its primary before DRBD has compared the copies: nobody connects them blindly.
    yield Row("connects the copies; it refuses? STOP, call", way("reconnect"))
    yield Row("no error? Then move back by A if you want", "gnt-cluster verify")


def _never(live: bool, kvm: bool) -> str:
    migrate = "" if live else "gnt-instance migrate (this Xen cannot) · "
    behind_ganeti = "qemu or virsh by hand" if kvm else "xl create, xl destroy"
    return (
        "in an accident, anything before the power is pulled · --no-voting while both nodes "
        f"live, or left in /etc/default/ganeti · {migrate}failover --cleanup · "
        f"--ignore-consistency · drbdadm, lvremove, mounting a node's volumes · {behind_ganeti}"
    )
