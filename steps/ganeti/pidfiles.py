"""PID files that daemons left which were killed: beside such a file Ganeti starts none of them.

`daemon-util start` names the PID file alone to start-stop-daemon(8), which since dpkg 1.19.4 takes
none that is not root's: "matching only on non-root pidfile … is insecure" (ganeti, issue 1623, open
in 3.1.1). So after a kill, for want of memory say, neither the watcher nor `service ganeti restart`
brings luxid, wconfd, confd or rapi back before the next boot, and the latter ends with 0 (seen on
Debian 12, Ganeti 3.0.2-3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.model.step import Command

FILES = "/run/ganeti/ganeti-*.pid"
IS_LEFT = r"""is_left() {
  [ -f "$1" ] && [ ! -O "$1" ] || return 1
  program=${1##*/}; program=${program%.pid}; number=; comm=
  read -r number <"$1"
  case $number in ''|*[!0-9]*) return 0;; esac
  [ -e "/proc/$number/comm" ] && read -r comm <"/proc/$number/comm"
  case $program in "${comm:--}"*) return 1;; esac
}
"""
"""A shell function: whether a PID file is not root's, and no process of its name has its number
(/proc/PID/comm holds 15 characters of a name, proc(5))."""
FORGET = f"""{IS_LEFT}for file in {FILES}; do
  if is_left "$file"; then rm -f "$file"; echo "removed $file"; fi
done
"""
"""Remove all that are left; whoever runs keeps its own."""
RESTART = f"""service ganeti stop
{FORGET}service ganeti start
"""
"""In two, since `daemon-util stop` kills what does not end within 30 seconds (--retry 30): a
restart would leave a slow daemon down. Jobs go on meanwhile, each in a process of its own.
"""


def paths(daemons: Sequence[str]) -> list[str]:
    """The PID files of these daemons."""
    return [f"/run/ganeti/{daemon}.pid" for daemon in daemons]


def forget(host: str, daemons: Sequence[str], *, stage: int = 0) -> Iterator[Command]:
    """Remove what these daemons left; nothing where none left anything."""
    if not daemons:
        return
    yield Command(
        host,
        ("sh", "-c", FORGET, "forget-killed"),
        "they ended without removing these, and Ganeti starts no daemon beside such a file "
        "(issue 1623)",
        undo="none needed: a daemon writes its own as it starts",
        title=f"rm -f {' '.join(paths(daemons))}",
        stage=stage,
        minutes=0.1,
    )
