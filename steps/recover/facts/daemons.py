"""Ganeti's daemons as they run, and the addresses that a node holds: from memory alone.

`GANETI` has more, but reads files: it says nothing on a node whose disk hangs.
"""

from __future__ import annotations

from dataclasses import dataclass

from steps.ganeti.facts.ganeti import MASTER_ROLE_DAEMONS
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Running:
    """`daemons` by name, `unvoted` those with --no-voting; `starting` whether Ganeti's own starter
    is at work; `addresses` (IPv4) that the node holds.
    """

    daemons: tuple[str, ...] = ()
    unvoted: tuple[str, ...] = ()
    starting: bool = False
    addresses: tuple[str, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether both daemons of the master's role run: while they wait for their votes they are
        started one after the other, so that only one of them is there.
        """
        # /proc/PID/comm holds 15 characters of a name, proc(5).
        return all(name[:15] in self.daemons for name in MASTER_ROLE_DAEMONS)


def parse(text: str) -> Running:
    """Read `daemon: NAME VOTE`, `starting: NAME` lines and rows of `ip -4 -o addr`."""
    daemons = set()
    unvoted = set()
    starting = False
    addresses = []
    for line in text.splitlines():
        match line.split():
            case ["daemon:", name, vote]:
                daemons.add(name)
                if vote == "unvoted":
                    unvoted.add(name)
            case ["starting:", *_]:
                starting = True
            case [_, _, "inet", address, *_]:
                addresses.append(address.partition("/")[0])
    return Running(tuple(sorted(daemons)), tuple(sorted(unvoted)), starting, tuple(addresses))


RUNNING = Fact(
    name="ganeti-running",
    script=r"""for p in /proc/[0-9]*; do
  read -r name <"$p/comm" || continue
  vote=-
  case $name in
    ganeti-luxid|ganeti-wconfd)
      tr '\0' '\n' <"$p/cmdline" | grep -qx -- --no-voting && vote=unvoted
      echo "daemon: $name $vote" ;;
    ganeti-*) echo "daemon: $name $vote" ;;
    daemon-util)
      case $(tr '\0' ' ' <"$p/cmdline") in
        *' start'*|*' restart'*) echo "starting: $name" ;;
      esac ;;
  esac
done
ip -4 -o addr show""",
    parse=parse,
)
"""`daemon-util start` is what starts each daemon, at boot too (Ganeti's tools/, Debian's init
script). The watcher's `check-and-start`, every five minutes on every node, starts no server.
"""
