"""Stand-ins for systemd-run and systemctl that really detach a process, for machines without systemd."""  # noqa: E501

from __future__ import annotations

from pathlib import Path

_RUN = r"""#!/bin/sh
# systemd-run: records what was asked, then runs the command in a session of its own, at once or later
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
  setsid sh -c 'sleep "$1"; exec systemctl start "$2.service"' timer "$delay" "$unit" </dev/null >/dev/null 2>&1 &
  echo $! >"$state/$unit.timer"
else
  setsid "$@" </dev/null >/dev/null 2>&1 &
  echo $! >"$state/$unit"
fi
"""  # noqa: E501
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
    case $unit in *.timer) kill -TERM "-$(cat "$state/$unit" 2>/dev/null)" 2>/dev/null; exit 0;; esac
    alive || exit 0
    kill -TERM "$pid"; n=0
    while alive && [ $n -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
    if alive; then kill -KILL "$pid"; fi;;
  start)
    setsid xargs -d '\n' -a "$state/$unit.argv" sh -c 'exec "$@" </dev/null' start >/dev/null 2>&1 &
    echo $! >"$state/$unit";;
  reboot) : >"$state/rebooted";;
esac
"""  # noqa: E501


def systemd(folder: Path) -> str:
    """Write both into `folder`; returns the PATH that finds them first."""
    folder.mkdir(parents=True)
    for name, text in (("systemd-run", _RUN), ("systemctl", _CTL)):
        (folder / name).write_text(text.replace("@STATE@", f"'{folder}'"))
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
