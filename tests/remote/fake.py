"""Stand-ins for systemd-run and systemctl that really detach a process, without systemd.

A shell waits for each process, as systemd would: PID 1 of a container may leave a dead one unreaped
for seconds, and such a one still counts as running. A timer keeps the time of `Clock` where there
is one.
"""

from __future__ import annotations

from pathlib import Path

_RUN = r"""#!/bin/sh
# systemd-run: records what was asked, then runs the command in its own session, at once or later
state=@STATE@; unit=; delay=0
while :; do
  case $1 in
    --unit=*) unit=${1#*=};;
    --on-active=*) delay=${1#*=}; delay=${delay%s};;
    --*) ;;
    *) break;;
  esac
  shift
done
unit=${unit:-run-$$}
echo "$unit $*" >>"$state/asked"
[ ! -e "$state/refuse" ] || { echo "Failed to start transient service unit: refused" >&2; exit 1; }
if [ -e "$state/$unit" ] && kill -0 "$(cat "$state/$unit")" 2>/dev/null; then
  echo "Unit $unit.service was already loaded or has a fragment file." >&2; exit 1
fi
printf '%s\n' "$@" >"$state/$unit.argv"
if [ "$delay" != 0 ]; then
  setsid sh -c '
    if [ -e "$3/clock" ]; then
      until [ -e "$3/$2.due" ]; do sleep 0.05; done
    else
      sleep "$1"
    fi
    exec systemctl start "$2.service"' timer "$delay" "$unit" "$state" </dev/null >/dev/null 2>&1 &
  echo $! >"$state/$unit.timer"
else
  rm -f "$state/$unit"
  ( setsid "$@" & echo $! >"$state/$unit"; wait ) </dev/null >/dev/null 2>&1 &
  until [ -s "$state/$unit" ]; do sleep 0.01; done
fi
"""
_CTL = r"""#!/bin/sh
# systemctl: show, stop, start, reboot
state=@STATE@; verb=$1; for last; do :; done; unit=${last%.service}
[ ! -e "$state/down" ] || { echo "Failed to connect to bus: Connection refused" >&2; exit 1; }
pid=$(cat "$state/$unit" 2>/dev/null)
alive() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
case $verb in
  show)
    if alive; then echo "ActiveState=active"; else echo "ActiveState=inactive"; pid=0; fi
    case "$*" in *MainPID*) echo "MainPID=$pid";; esac;;
  stop)
    case $unit in *.timer)
      kill -TERM "-$(cat "$state/$unit" 2>/dev/null)" 2>/dev/null; exit 0;;
    esac
    alive || exit 0
    kill -TERM "$pid"; n=0
    while alive && [ $n -lt 3000 ]; do sleep 0.1; n=$((n + 1)); done
    if alive; then kill -KILL "$pid"; fi;;
  start)
    ( setsid xargs -d '\n' -a "$state/$unit.argv" sh -c 'exec "$@" </dev/null' start &
      echo $! >"$state/$unit"; wait ) >/dev/null 2>&1 &;;
  reboot) : >"$state/rebooted";;
esac
"""


class Clock:
    """The wizard's clock and that of the timers here, which a test moves: real time does not
    matter.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds = 0.0
        (folder / "clock").touch()

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.seconds

    def ring(self, unit: str, seconds: float) -> None:
        """So many seconds pass, and the unit's timer is due."""
        self.seconds += seconds
        (self.folder / f"{unit}.due").touch()


def quick(script: str) -> str:
    """What follows a unit, with a `tail` that looks for its end more often."""
    return script.replace("-s 0.5", "-s 0.05")


def systemd(folder: Path) -> str:
    """Write both into `folder`; returns the PATH that finds them first."""
    folder.mkdir(parents=True)
    for name, text in (("systemd-run", _RUN), ("systemctl", _CTL)):
        (folder / name).write_text(text.replace("@STATE@", f"'{folder}'"))
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
