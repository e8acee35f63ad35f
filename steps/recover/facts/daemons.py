"""Ganeti's daemons as they run, and the addresses that a node holds: from memory alone.

`GANETI` has more, but reads files: it says nothing on a node whose disk hangs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from steps.ganeti.facts.ganeti import MASTER_ROLE_DAEMONS
from steps.ganeti.pidfiles import FILES, IS_LEFT
from wizard.model.facts import Fact

_DAEMON = re.compile(r"ganeti-[a-z]{2,20}")
WATCHER_PROGRAM = "ganeti-watcher"
UNKNOWN_AGE = 10**9
"""Of a watcher of which it could not be read since when it is at work: longer than any pause."""


@dataclass(frozen=True)
class Running:
    """`daemons` by name, `unvoted` those with --no-voting; `asking` those that still ask the nodes
    for their votes and serve nobody yet; `left` those that ended and left a PID file, so that
    Ganeti starts none of them again (`steps.ganeti.pidfiles`); `watchers` the ages in seconds of
    the watchers at work; `starting` whether Ganeti's own starter is; `addresses` (IPv4) that the
    node holds.
    """

    daemons: tuple[str, ...] = ()
    unvoted: tuple[str, ...] = ()
    starting: bool = False
    addresses: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    watchers: tuple[int, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether both daemons of the master's role run: one that waits for its votes leads nobody,
        and may give up in a minute.
        """
        return not self.lacks(MASTER_ROLE_DAEMONS)

    def lacks(self, daemons: Sequence[str]) -> list[str]:
        """The daemons among `daemons` that do not run."""
        # /proc/PID/comm holds 15 characters of a name, proc(5).
        return [daemon for daemon in daemons if daemon[:15] not in self.daemons]

    @property
    def words(self) -> str:
        """The daemons in words; "" for none."""
        told = [*self.daemons, *(f"{name} (asks for votes)" for name in self.asking)]
        return ", ".join(told)


def parse(text: str) -> Running:
    """Read `daemon: NAME VOTE`, `left: NAME` and `starting: NAME`, and rows of `ip -4 -o addr`."""
    daemons = set()
    unvoted = set()
    asking = set()
    files = set()
    watchers = []
    starting = False
    addresses = []
    for line in text.splitlines():
        match line.split():
            case ["daemon:", name, "asking"]:
                asking.add(name)
            case ["daemon:", name, vote]:
                daemons.add(name)
                if vote == "unvoted":
                    unvoted.add(name)
            case ["left:", name] if _DAEMON.fullmatch(name):
                files.add(name)
            case ["watcher:", age]:
                watchers.append(_age(age))
            case ["starting:", *_]:
                starting = True
            case [_, _, "inet", address, *_]:
                addresses.append(address.partition("/")[0])
    return Running(
        daemons=tuple(sorted(daemons)),
        unvoted=tuple(sorted(unvoted)),
        starting=starting,
        addresses=tuple(addresses),
        asking=tuple(sorted(asking)),
        left=tuple(name for name in sorted(files) if name[:15] not in daemons | asking),
        watchers=tuple(watchers),
    )


def _age(text: str) -> int:
    """Seconds; a process that is younger than the look says less than none."""
    return max(0, int(text)) if re.fullmatch(r"-?\d{1,10}", text) else UNKNOWN_AGE


RUNNING = Fact(
    name="ganeti-running",
    script=f"{IS_LEFT}files='{FILES}'\n"
    r"""read -r up rest </proc/uptime
for p in /proc/[0-9]*; do
  read -r name <"$p/comm" || continue
  vote=-
  case $name in
    ganeti-luxid|ganeti-wconfd)
      tr '\0' '\n' <"$p/cmdline" | grep -qx -- --no-voting && vote=unvoted
      pid= rest=
      read -r pid <"/run/ganeti/$name.pid"
      read -r rest <"$p/stat"
      case $pid,${rest##*) } in "${p##*/}",*|*,?' 1 '*) ;; *) vote=asking ;; esac
      echo "daemon: $name $vote" ;;
    ganeti-watcher)
      rest=
      read -r rest <"$p/stat"
      set -- ${rest##*) }
      echo "watcher: $((${up%%.*} - ${20:-0} / 100))" ;;
    ganeti-*) echo "daemon: $name $vote" ;;
    daemon-util)
      case $(tr '\0' ' ' <"$p/cmdline") in
        *' start'*|*' restart'*) echo "starting: $name" ;;
      esac ;;
  esac
done
for file in $files; do
  is_left "$file" && echo "left: $program"
done
ip -4 -o addr show""",
    parse=parse,
)
"""`daemon-util start` is what starts each daemon, at boot too (Ganeti's tools/, Debian's init
script). `check-and-start` is the watcher's, every five minutes on each node (3.0.2 and 3.1.0,
lib/utils/process.py, EnsureDaemon): that is no boot.

A daemon of the master's role asks for votes before it detaches itself and writes its PID file
(src/Ganeti/Daemon.hs, genericMain): for a minute at least where it cannot win, and the watcher
makes one do that every five minutes on a master that is alone. proc(5), /proc/PID/stat: what
follows the name in parentheses is the state, the parent, and as the twentieth the start, in
hundredths of a second since the boot.
"""
