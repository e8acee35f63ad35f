"""What is typed after an accident, and in which order: one source for the ways out of the diagnosis
and for the card on the wall.

Names come as they are to be typed: out of the answers, or quoted. A word that is no command and
ends with a colon says something of the command that follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.model.recovery import Word
from wizard.model.step import Danger

WATCHER = "/var/lib/ganeti/watcher.pause"
"""`gnt-cluster watcher pause` needs luxid; the file does not (client/gnt_cluster.py, 1602)."""
DAEMON = "/usr/lib/ganeti/daemon-util start"
VOTED = "gnt-cluster master-failover"
"""It is typed on the node that is to become master (gnt-cluster(8))."""
UNVOTED = "--no-voting --yes-do-it"
"""Of two nodes one is no majority: alone it wins no vote."""
REDIST = "gnt-cluster redist-conf"
TOLD = "gw-told"
"""A tag of the cluster that comes and goes: with each change of the tags all nodes are told anew
who the master is, which `gnt-cluster redist-conf` does not do.
"""
STOP = "service ganeti stop"
FORGET = "find /run/ganeti -name 'ganeti-*.pid' ! -user root -delete"
"""After a stop: Ganeti starts no daemon beside what a killed one left (`steps.ganeti.pidfiles`)."""
START = "service ganeti start"
RESTART = f"{STOP}; {FORGET}; {START}"
FORGET_ENDED = "pgrep 'ganeti-(wc|lu)' || rm -f /run/ganeti/ganeti-[wl]*.pid"
"""The same for wconfd and luxid where nobody stopped them: not while one of them runs."""
LOGS = "tail -n 20 /var/log/ganeti/wconf-daemon.log /var/log/ganeti/luxi-daemon.log"
"""Why a daemon of the master's role ended."""


def merely_stopped(node: str) -> str:
    """What is tried first."""
    return f"Power {node} on again if it merely stopped, and let it start."


def newer_first(node: str) -> str:
    """What comes before a node that was not the last one up."""
    return f"Power {node} on first: it may hold the newer data."


def power_off(node: str) -> Word:
    """Fencing is about power, and a person does it."""
    return Word(
        f"Pull the power cables of {node}. A machine that only hangs may go on writing: an "
        "instance that runs on both nodes destroys its data.",
        danger=Danger.OUTAGE,
    )


def pause(host: str) -> Word:
    """Ganeti's watcher starts and connects nothing for two hours: the first of all orders."""
    return _on(host, f'echo "$(($(date +%s) + 7200))" >{WATCHER}')


def watcher_ended(hosts: Iterable[str]) -> Iterator[Word]:
    """One that was at work before the pause goes on with what it saw, for minutes perhaps."""
    yield Word("Until this prints nothing a watcher is at work still, as it saw no pause:")
    for host in hosts:
        yield _on(host, "pgrep -x ganeti-watcher", Danger.READ)


def unpause(host: str) -> Word:
    """The last of all orders."""
    return _on(host, f"rm -f {WATCHER}")


def go_on_alone(
    host: str, lost: str, guests: Iterable[str], *, was_master: bool, voted: bool = False
) -> Iterator[Word]:
    """A node goes on without a dead one: `guests` ran there, `voted` where others have a vote."""
    if was_master:
        yield _on(host, VOTED if voted else f"{VOTED} {UNVOTED}", Danger.OUTAGE)
    yield from bar(host, lost)
    for guest in guests:
        yield from fail_over(host, guest)


def restart(host: str, danger: Danger = Danger.OUTAGE) -> Iterator[Word]:
    """Ganeti's daemons anew; instances run on. In three, since `service ganeti restart` starts none
    that had to be killed, and ends with 0.
    """
    yield _on(host, STOP, danger)
    yield _on(host, FORGET, danger)
    yield _on(host, START, danger)


def lead_alone(host: str, lost: str) -> Iterator[Word]:
    """A master that restarted alone starts its daemons without a vote."""
    yield _on(host, FORGET_ENDED)
    for daemon in ("ganeti-wconfd", "ganeti-luxid"):
        yield _on(host, f"{DAEMON} {daemon} {UNVOTED}", Danger.OUTAGE)
    yield from bar(host, lost)


def bar(host: str, lost: str) -> Iterator[Word]:
    """Mark a dead node offline. Nothing may come between this and what made the other one lead."""
    yield Word("At once; errors about the dead node are normal:")
    yield offline(host, lost)


def offline(host: str, node: str) -> Word:
    """Mark a node offline. noded goes on to trust its certificate until then: a former master that
    returns would overwrite the configuration (noded.py, 1351; backend.py, 3933).
    """
    return _on(host, f"gnt-node modify -f -O yes {node}", Danger.OUTAGE)


def fail_over(host: str, guest: str) -> Iterator[Word]:
    """Start an instance on its other node. One by one, as `gnt-node failover` ends with 0 though
    its jobs failed. It exchanges the primary before all else (instance_migration.py, 1107): a
    second run would send the instance back to the dead node.
    """
    yield Word("Once only, while Ganeti has it on the dead node:")
    yield _on(host, f"gnt-instance failover -f {guest}", Danger.OUTAGE)


def take_in(master: str, name: str) -> Iterator[Word]:
    """A node that is back is taken in again."""
    yield Word("If it fails, the node may still start: once more 5 minutes later:")
    yield _on(master, f"gnt-node add --readd {name}")
    yield _on(master, REDIST)


def connect(master: str, guest: str) -> Word:
    """Both copies of an instance's disks are connected. Ganeti promotes its primary before DRBD has
    compared them: only where the forecast allows it.
    """
    return _on(master, f"gnt-instance activate-disks --submit {guest}")


def unlock(guest: str) -> Word:
    """On the operator's machine: open an encrypted volume and start what it protects."""
    return Word(f"ganeti-wizard unlock {guest}", danger=Danger.CHANGE, command=True)


def _on(host: str, command: str, danger: Danger = Danger.CHANGE) -> Word:
    return Word(command, host, danger, command=True)
