"""A change that may cut the connection: undone by the host itself unless the wizard reaches it anew
in time.

Who comes first is decided on the host by one rename of a file: either the wizard keeps the change,
or the timer undoes it, never both and never neither. The timer does not survive a reboot of the
host.
"""

from __future__ import annotations

import contextlib
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.base.shell import PATH
from wizard.hosts.host import Host, OnOutput
from wizard.model.flight import Flight
from wizard.remote import unit as units
from wizard.remote.kind import Carrier, Order, Settled, Words
from wizard.remote.stream import LeftRunning

SECONDS = 60.0
"""How long the host waits for the wizard before it undoes the change."""
GRACE = 120.0
"""Seconds to wait for the host after the change was undone."""
PAUSE = 1.0
UNDONE = 1
"""In place of an exit code: a change that the host took back."""

_ARM = """
set -e; umask 077; mkdir -p "${1%/*}"
rm -f "$1".kept "$1".undone "$1".undo-log
cat >"$1.undo-sh"
: >"$1.armed"
systemd-run --quiet --collect --unit="$2" --description="ganeti-wizard: undo unless kept" \
  --on-active="$3" --timer-property=AccuracySec=500ms \
  --property=KillMode=process --property=IgnoreSIGPIPE=no \
  /bin/sh "$1.undo-sh"
"""
_DISARM = """
if mv "$1.armed" "$1.kept" 2>/dev/null || [ -e "$1.kept" ]; then
  systemctl stop "$2.timer"
  echo kept
else
  echo undone
fi
"""
_UNDO_NOW = """
if [ -e "$1.armed" ]; then systemctl start "$2.service"; fi
tries=0; while [ ! -e "$1.undone" ] && [ "$tries" -lt 60 ]; do sleep 1; tries=$((tries + 1)); done
systemctl stop "$2.timer" 2>/dev/null; [ "$(cat "$1.undone")" = 0 ]
"""
_PENDING = 'systemctl -q is-active "$1.timer" "$1.service"'
_CLEAN = 'rm -f "$1.kept" "$1.undone" "$1.undo-log" "$1.undo-sh" "$1.armed"'


def _base(unit: str) -> str:
    return f"{units.DIRECTORY}/{unit}"


def arm(host: Host, unit: str, undo_argv: Sequence[str], seconds: float = SECONDS) -> None:
    """Have the host run `undo_argv` after `seconds` unless it is disarmed. Raises WizardError if it
    cannot.
    """
    base = shlex.quote(_base(unit))
    script = (
        f"mv {base}.armed {base}.undoing || exit 0\n"
        f"exec </dev/null >>{base}.undo-log 2>&1\nexport LC_ALL=C HOME=/root PATH={PATH}\ncd /\n"
        f"{shlex.join(undo_argv)}\necho $? >{base}.undoing\nmv {base}.undoing {base}.undone\n"
    )
    argv = ("sh", "-c", _ARM, "arm", _base(unit), f"{unit}-undo", f"{seconds:g}s")
    result = host.run(argv, stdin=script.encode(), timeout=units.TIMEOUT)
    if result.rc != 0:
        raise WizardError(
            "the automatic roll-back could not be set up, so nothing was changed: "
            f"{result.err.strip()}",
            where=host.name,
            mend="check that systemd works there: systemctl is-system-running",
        )


def disarm(host: Host, unit: str) -> bool:
    """Keep the change; False when the host had begun to undo it. Asks again when the answer was
    lost.
    """
    argv = ("sh", "-c", _DISARM, "disarm", _base(unit), f"{unit}-undo")
    try:
        said = host.run(argv, timeout=units.TIMEOUT).out
    except (Unreachable, ConnectionLost):
        said = host.run(argv, timeout=units.TIMEOUT).out
    return said.strip() == "kept"


def run(
    host: Host,
    unit: str,
    argv: Sequence[str],
    undo_argv: Sequence[str],
    on_output: OnOutput,
    stop: threading.Event,
    *,
    seconds: float = SECONDS,
    check: Callable[[], object] | None = None,
) -> int:
    """Make a change with a safety rope: 0 when it was made and the host was reached anew over it.

    A change that fails is undone at once and its exit code returned. `check` may look further once
    the host is reached (from a node itself: whether the others answer) and raises WizardError when
    it does not. Raises WizardError when the host did not come back in time and restored its
    settings, ConnectionLost when it does not answer even then, LeftRunning when `stop` is set (the
    host undoes the change by itself).
    """
    arm(host, unit, undo_argv, seconds)
    deadline = time.monotonic() + seconds
    try:
        units.start(host, unit, argv)
    except ConnectionLost as error:
        # A change that is quick takes the link along before its start was answered.
        on_output(f"{host.name}: {error.what}; it may have begun\n")
    rc = _reach(host, unit, on_output, stop, deadline, check)
    if rc == 0 and disarm(host, unit):
        _clean(host, unit)
        on_output(f"{host.name}: reached over the changed network, the change is kept\n")
        return 0
    if rc:
        on_output(f"{host.name}: the change failed with exit code {rc}, undoing it\n")
        with contextlib.suppress(Unreachable, ConnectionLost):
            _undo_now(host, unit)
            return rc
    raise _restored(host, unit, on_output, stop, seconds)


def settle(host: Host, unit: str, rc: int | None) -> bool | None:
    """What becomes of a change whose wizard ended before it was kept or undone: True kept, False
    not, None open yet.

    That the wizard is here again over a new connection is what the host waits for, unless it is
    this very host: from there nobody was reached, so the timer undoes the change. A reboot takes
    the timer along; then the facts decide.
    """
    if rc == 0 and not host.is_self and disarm(host, unit):
        _clean(host, unit)
        return True
    if host.run(("sh", "-c", _PENDING, "pending", f"{unit}-undo"), timeout=units.TIMEOUT).rc == 0:
        return None
    _clean(host, unit)
    return False


def await_undone(host: Host, unit: str, on_output: OnOutput, stop: threading.Event) -> None:
    """Until the host's timer has undone the change. Raises LeftRunning on `stop`, ConnectionLost in
    the end.
    """
    until = time.monotonic() + SECONDS + GRACE
    while time.monotonic() < until:
        host.close()
        try:
            if host.run(("sh", "-c", _PENDING, "pending", f"{unit}-undo"), timeout=20).rc != 0:
                return
        except (Unreachable, ConnectionLost) as error:
            on_output(f"{host.name}: {error.what}\n")
        if stop.wait(PAUSE):
            raise LeftRunning(
                "no longer waited for; the host undoes the change by itself", where=host.name
            )
    raise ConnectionLost(
        "the change is still not undone", where=host.name, mend="look at its console"
    )


def _reach(
    host: Host,
    unit: str,
    on_output: OnOutput,
    stop: threading.Event,
    deadline: float,
    check: Callable[[], object] | None,
) -> int | None:
    """The change's exit code, read over a connection that was opened after its end; None when time
    is over.
    """
    ended: int | None = None
    while time.monotonic() < deadline:
        if stop.is_set():
            raise LeftRunning(
                "no longer waited for; the host undoes the change by itself", where=host.name
            )
        host.close()
        try:
            if ended is None:
                ended = units.look(host, unit).rc
                host.close()
            if ended is not None:
                on_output(host.run(("cat", f"{_base(unit)}.log"), timeout=20).out)
                if ended == 0 and check is not None:
                    check()
                return ended
        except (Unreachable, ConnectionLost) as error:
            on_output(
                f"{host.name}: {error.what}; {max(0.0, deadline - time.monotonic()):.0f} s left\n"
            )
        stop.wait(PAUSE)
    return None


def _undo_now(host: Host, unit: str) -> None:
    """Undo a change that failed. A connection lost meanwhile does no harm: the timer is armed."""
    argv = ("sh", "-c", _UNDO_NOW, "undo", _base(unit), f"{unit}-undo")
    if host.run(argv, timeout=units.TIMEOUT).rc != 0:
        raise WizardError(
            "the change failed, and undoing it failed too",
            where=host.name,
            mend=f"see {_base(unit)}.log and .undo-log there",
        )
    _clean(host, unit)


def _restored(
    host: Host, unit: str, on_output: OnOutput, stop: threading.Event, seconds: float
) -> WizardError:
    """Wait for the host to be as before; what to raise then."""
    on_output(
        f"{host.name}: not reached in time; waiting for it to restore its former network settings\n"
    )
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        host.close()
        try:
            result = host.run(("cat", f"{_base(unit)}.undone"), timeout=20)
            if result.rc == 0:
                return _outcome(host, unit, result.out.strip(), seconds)
        except (Unreachable, ConnectionLost) as error:
            on_output(f"{host.name}: {error.what}\n")
        if stop.wait(PAUSE):
            raise LeftRunning(
                "no longer waited for; the host undoes the change by itself", where=host.name
            )
    return ConnectionLost(
        "it does not answer, even after the time at which it was to restore its former "
        "network settings",
        where=host.name,
        mend=f"look at its console; the roll-back's log is {_base(unit)}.undo-log",
    )


def _outcome(host: Host, unit: str, rc: str, seconds: float) -> WizardError:
    if rc != "0":
        return WizardError(
            f"it did not come back within {seconds:g} s and restoring its network settings "
            f"ended with {rc}",
            where=host.name,
            mend=f"see {_base(unit)}.undo-log there",
        )
    _clean(host, unit)
    return WizardError(
        f"the node did not come back within {'a minute' if seconds == 60 else f'{seconds:g} s'};"
        " its former network settings were restored",
        where=host.name,
        mend="check the network card and the address that were chosen, then run the step again",
    )


def _clean(host: Host, unit: str) -> None:
    host.run(("sh", "-c", _CLEAN, "clean", _base(unit)), timeout=units.TIMEOUT)


class Rollback(Carrier):
    """Begun and decided in one: it is kept, or the host undoes it."""

    words = Words(
        about="undoes itself unless the wizard reaches the host again",
        running="RUNNING, undone if the host gets lost",
        leaving="goes on as a rollback; it is followed again later",
    )

    def start(self, order: Order) -> int:
        """Make the change and keep it, or see it undone.

        From the host itself nothing shows that others still reach it: one of them has to answer.
        """
        check = partial(_any_answers, order.peers()) if order.host.is_self else None
        return run(
            order.host,
            order.flight.unit,
            order.command.argv,
            order.command.rollback,
            order.on_output,
            order.leave,
            check=check,
        )

    def follow(
        self, flight: Flight, host: Host, on_output: OnOutput, leave: threading.Event
    ) -> int:
        """Of one that an earlier run left: until the change ends, and then until it is undone.

        The change may have taken the link along: then it is the timer that is waited for.
        """
        try:
            changing = units.look(host, flight.unit).running
        except (Unreachable, ConnectionLost):
            changing = False
        if changing:
            return units.follow(host, flight.unit, on_output, leave)
        await_undone(host, flight.unit, on_output, leave)
        return UNDONE

    def settle(self, flight: Flight, host: Host) -> Settled | None:
        """Keep it when the host is reached over it in time; None until it ended as one or the
        other.
        """
        state = units.look(host, flight.unit)
        kept = None if state.running else settle(host, flight.unit, state.rc)
        if kept is None:
            return None
        if kept:
            return Settled("the host was reached over it, so it is kept", ok=True)
        return Settled("it was undone or cut short: the facts decide", ok=False)

    def tidy(self, flight: Flight, host: Host) -> None:
        """The files of the unit that made the change."""
        units.forget(host, flight.unit)


def _any_answers(peers: Sequence[Host]) -> None:
    """Raise when none of these hosts can be reached; where there are none, all is well."""
    for number, host in enumerate(peers, 1):
        try:
            host.run(("true",), timeout=20)
            return
        except (Unreachable, ConnectionLost):
            if number == len(peers):
                raise
