"""Long commands as transient systemd units: they survive the link, the wizard, and tell how they
ended.

Each unit has files in `DIRECTORY` on the host: NAME.sh (what is run; systemd would expand `${…}` in
arguments, systemd-run(1)), NAME.log (its output), NAME.begun, and, from its end on, NAME.rc (its
exit code), which survives a reboot while the transient unit does not.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.base.shell import PATH
from wizard.hosts.host import Host, OnOutput, Result
from wizard.model.flight import Flight
from wizard.remote import stream
from wizard.remote.kind import Carrier, Order, Settled, Words

DIRECTORY = "/var/lib/ganeti-wizard/units"
TIMEOUT = 90.0
"""Seconds for one look; a host in the middle of heavy work answers slowly."""
STOP_SECONDS = 60
"""Seconds from SIGTERM to SIGKILL when a unit is stopped."""

_LOOK = """
look() {
  if [ -e "$1.rc" ]; then echo "ended $(cat "$1.rc")"; return; fi
  state=$(systemctl show -p ActiveState "$2.service") || return 8
  case $state in
    *=active|*=activating|*=deactivating|*=reloading) echo running; return;;
  esac
  if [ -e "$1.rc" ]; then echo "ended $(cat "$1.rc")"
  elif [ -e "$1.log" ]; then echo vanished
  else echo absent; fi
}
"""
_START = (
    _LOOK
    + """
set -e; umask 077; mkdir -p "$1"; chmod 700 "$1" "${1%/*}"; name=$2; base=$1/$name; bytes=$3
shift 3
state=$(look "$base" "$name") || exit 8
if [ "$state" = absent ]; then
  cat >"$base.sh"
  if [ "$(wc -c <"$base.sh")" -ne "$bytes" ]; then
    rm -f "$base.sh"; echo "what it is to run arrived in part" >&2; exit 9
  fi
  rm -f "$base.begun"
  : >"$base.log"; sync "$base.sh" "$base.log" "${base%/*}"
  systemd-run --quiet --no-block --collect \
    --unit="$name" --description="ganeti-wizard: $name" "$@" \
    /bin/sh "$base.sh" >&2 || { rc=$?; rm -f "$base.sh" "$base.log"; exit "$rc"; }
  state=running
fi
echo "$state"
"""
)
_FOLLOW = """
base=$1; tries=0; pid=0
while [ ! -e "$base.rc" ] && [ "$tries" -lt 20 ]; do
  state=$(systemctl show -p ActiveState -p MainPID "$2.service") || exit 8
  case $state in
    *=inactive*|*=failed*) break;;
    *MainPID=0*) ;;
    *) pid=${state##*MainPID=}; pid=${pid%%[!0-9]*}; break;;
  esac
  tries=$((tries + 1)); sleep 1
done
if [ "$pid" != 0 ]; then exec tail -n "+$3" -s 0.5 -f --pid="$pid" "$base.log"; fi
exec tail -n "+$3" "$base.log"
"""


@dataclass(frozen=True)
class UnitState:
    """What became of a unit. `vanished`: it was started and neither runs nor has an exit code,
    because the host was rebooted or it was killed; what it had done by then is unknown. `rc` is
    there when it ended.
    """

    kind: Literal["absent", "running", "ended", "vanished"]
    rc: int | None = None

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self.kind == "running"


def _script(name: str, argv: Sequence[str]) -> str:
    """What the unit runs. SIGTERM goes on to its process group, so that the exit code is recorded
    all the same.

    It runs once: whoever restarts the unit stops it and no more. needrestart does so, where it is
    told to ($nrconf{restart} = 'a'), to each unit with a process that has a replaced library open,
    after every run of apt: after one of ours it is off (needrestart(1), NEEDRESTART_SUSPEND).
    """
    base = shlex.quote(f"{DIRECTORY}/{name}")
    return (
        f"(umask 077; set -C; : >{base}.begun) 2>/dev/null || exit 1\n"
        f"exec </dev/null >>{base}.log 2>&1\nexport LC_ALL=C HOME=/root PATH={PATH}\n"
        "export NEEDRESTART_SUSPEND=yes\ncd /\n"
        "trap 'trap \"\" TERM; kill -TERM 0' TERM\n"
        f"{shlex.join(argv)} &\n"
        "child=$!\nwait $child; rc=$?\n"
        "while kill -0 $child 2>/dev/null; do wait $child; rc=$?; done\n"
        "trap '' TERM; umask 077\n"
        f"echo $rc >{base}.rc-new && sync {base}.log {base}.rc-new && mv {base}.rc-new {base}.rc\n"
        f"sync {shlex.quote(DIRECTORY)}\nexit $rc\n"
    )


def _checked(host: Host, what: str, result: Result) -> str:
    """The output of a script that ended well; Unreachable when systemd does not answer, else
    WizardError.
    """
    if result.rc == 8:
        raise Unreachable(
            f"systemd does not answer: {result.err.strip()}",
            where=host.name,
            mend="wait for the end of its boot",
        )
    if result.rc != 0:
        raise WizardError(
            f"{what}: {result.err.strip() or f'exit {result.rc}'}",
            where=host.name,
            mend=(
                "check that systemd runs there and that /var/lib has space: systemctl "
                "is-system-running; df /var/lib"
            ),
        )
    return result.out.strip()


def _state(text: str) -> UnitState:
    kind, _, rest = text.partition(" ")
    if kind == "ended" and rest.strip().isdigit():
        return UnitState("ended", int(rest))
    if kind == "running":
        return UnitState("running")
    return UnitState("absent") if kind == "absent" else UnitState("vanished")


def start(host: Host, unit: str, argv: Sequence[str]) -> UnitState:
    """Start `argv` as the unit, unless it was started before; returns what there is now, without
    waiting.

    Only `absent` becomes `running`: a unit that ended or vanished is not started again before
    `forget`. Processes that the command leaves behind (Ganeti's daemons are not started by systemd
    on Debian) outlive it: KillMode=process. There is no time limit. Raises WizardError when systemd
    refuses.
    """
    options = (
        "--property=KillMode=process",
        "--property=IgnoreSIGPIPE=no",
        "--property=OOMPolicy=continue",
        f"--property=TimeoutStopSec={STOP_SECONDS}",
    )
    script = _script(unit, argv).encode()
    argv = ("sh", "-c", _START, "start", DIRECTORY, unit, str(len(script)), *options)
    result = host.run(argv, stdin=script, timeout=TIMEOUT)
    return _state(_checked(host, f"the unit {unit} could not be started", result))


def look(host: Host, unit: str) -> UnitState:
    """What became of the unit."""
    script = _LOOK + 'look "$1" "$2"'
    result = host.run(("sh", "-c", script, "look", f"{DIRECTORY}/{unit}", unit), timeout=TIMEOUT)
    return _state(_checked(host, f"the unit {unit} could not be looked at", result))


def follow(host: Host, unit: str, on_output: OnOutput, stop: threading.Event) -> int:
    """Pass on the unit's output from its beginning until it ends; returns its exit code.

    A link that breaks is opened again and the output goes on where it was cut. Raises LeftRunning
    when `stop` is set, ConnectionLost when the host is not reached for ten minutes or the unit
    vanished.
    """
    shown = stream.Shown(on_output)

    def attempt() -> int | None:
        shown.again(from_line=True)
        argv = ("sh", "-c", _FOLLOW, "tail", f"{DIRECTORY}/{unit}", unit, str(shown.lines + 1))
        stream.stream(host, argv, shown.take, stop)
        state = look(host, unit)
        if state.kind in ("absent", "vanished"):
            raise WizardError(
                f"the unit {unit} is gone without an exit code: the host was rebooted or "
                "the unit was killed;"
                " state unknown",
                where=host.name,
                mend="look at the host; the step plans anew from what it finds",
            )
        return state.rc

    return stream.persist(host, attempt, on_output, stop)


def stop(host: Host, unit: str) -> UnitState:
    """End the unit (SIGTERM to its processes, SIGKILL after a minute) and say what is left of it.

    A command that heeds SIGTERM leaves an exit code, mostly 143; one that had to be killed has
    vanished.
    """
    argv = ("systemctl", "stop", f"{unit}.service")
    result = host.run(argv, timeout=STOP_SECONDS + TIMEOUT)
    state = look(host, unit)
    if state.running:
        raise WizardError(
            f"the unit {unit} could not be stopped: {result.err.strip()}", where=host.name
        )
    return state


def cut(host: Host, unit: str, tell: OnOutput) -> bool:
    """Stop the unit for somebody who does not wait for its end, and tell so; False when it goes on
    all the same.
    """
    tell(f"stopping the unit {unit}; the hosts will be looked at")
    try:
        stop(host, unit)
    except WizardError as error:
        tell(f"the unit could not be stopped and goes on: {error.what}")
        return False
    return True


def forget(host: Host, unit: str) -> None:
    """Remove the unit's files once its end is journalled. A unit that still runs keeps them:
    ConnectionLost.
    """
    script = (
        _LOOK
        + 'state=$(look "$1" "$2") || exit 8; [ "$state" != running ] || exit 9; '
        + 'rm -f "$1.sh" "$1.log" "$1.rc" "$1.rc-new" "$1.begun"'
    )
    result = host.run(("sh", "-c", script, "forget", f"{DIRECTORY}/{unit}", unit), timeout=TIMEOUT)
    if result.rc == 9:
        raise ConnectionLost(
            f"the unit {unit} still runs", where=host.name, mend="wait for its end, or stop it"
        )
    _checked(host, f"the unit {unit} could not be forgotten", result)


class Unit(Carrier):
    """Begun on the host and followed from here; its exit code stays there until it is tidied."""

    words = Words(
        about="runs as a systemd unit on the host: it goes on if the link or the wizard ends",
        running="RUNNING",
        leaving="goes on as a unit; it is followed again later",
    )

    def start(self, order: Order) -> None:
        """Start the unit of the flight's name."""
        start(order.host, order.flight.unit, order.command.guarded)

    def follow(
        self, flight: Flight, host: Host, on_output: OnOutput, leave: threading.Event
    ) -> int:
        """Until its end, over broken links."""
        return follow(host, flight.unit, on_output, leave)

    def settle(self, flight: Flight, host: Host) -> Settled | None:
        """By its exit code, which is on the host's disk."""
        state = look(host, flight.unit)
        if state.running:
            return None
        if state.rc is None:
            told = "did not finish, so the hosts are looked at"
            return Settled("did not finish", ok=False, told=told)
        ok = state.rc in flight.ok
        told = f"ended meanwhile with exit code {state.rc}"
        return Settled(f"ended with {state.rc}", ok=ok, told=told)

    def cut(self, flight: Flight, host: Host, tell: OnOutput) -> bool:
        """Stop it; `tell` hears how that went."""
        return cut(host, flight.unit, tell)

    def tidy(self, flight: Flight, host: Host) -> None:
        """Its files are no longer needed."""
        forget(host, flight.unit)
