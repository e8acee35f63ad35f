"""systemd's units on a host: where their files lie, timers, and services on and off at boot."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from wizard.model.step import Command
from wizard.model.undo import Undo

FOLDER = "/etc/systemd/system"
"""Units of the administrator: they come before a package's (systemd.unit(5))."""


SSHD_ANEW = ("systemctl", "try-reload-or-restart", "ssh")
"""Has sshd read its settings again. Where ssh.socket starts one for each connection, none runs in
between, and `reload` would fail: the next connection reads them anyway (systemd.socket(5), Accept).
"""
ENABLED, DISABLED = "enabled", "disabled"
"""The two answers of `systemctl is-enabled` between which enable and disable lead."""
_AS_IT_WAS = """\
set -e
left=$1 former=$2; shift 2
for pair; do
  unit=${pair%=*} ran=${pair##*=}
  now=$(systemctl is-enabled -- "$unit" 2>/dev/null || :)
  if [ "$now" != "$left" ] && [ "$now" != "$former" ]; then
    echo "$unit was left $left and is ${now:-not there} now: somebody changed it: it stays" >&2
    exit 1
  fi
  if [ "$now" != "$former" ]; then
    if [ "$former" = enabled ]; then verb=enable; else verb=disable; fi
    systemctl "$verb" -- "$unit"
  fi
  if [ "$ran" = active ]; then systemctl start -- "$unit"; else systemctl stop -- "$unit"; fi
done"""
"""Words: how the units are left, how they were, then UNIT=STATE, STATE as is-active said it."""


def as_they_were(left: str, was: Mapping[str, str]) -> Undo | str:
    """What takes units back that were left `enabled` or `disabled`.

    `was` is what `systemctl is-enabled` and `is-active` said of each before, parted by a blank.
    Where that is not known, or is neither enabled nor disabled, a text says what to look for.
    """
    names = " ".join(was)
    boots = {said.partition(" ")[0] for said in was.values()}
    runs = {unit: said.partition(" ")[2] for unit, said in was.items()}
    if not boots <= {ENABLED, DISABLED} or len(boots) != 1 or not all(runs.values()):
        verb = "disable" if left == ENABLED else "enable"
        return f"systemctl {verb} --now {names}, if it was so before"
    pairs = tuple(f"{unit}={ran}" for unit, ran in runs.items())
    (former,) = boots
    shown = "; ".join(f"{unit} {said}" for unit, said in was.items())
    argv = ("sh", "-c", _AS_IT_WAS, "units-back", left, former, *pairs)
    return Undo(argv, f"as it was: {shown}")


def enable(host: str, unit: str, why: str, *, was: str, **more: Any) -> Command:
    """Start a unit now and at every boot; `was` as `as_they_were` has it."""
    return Command(
        host,
        ("systemctl", "enable", "--now", unit),
        why,
        undo=as_they_were(ENABLED, {unit: was}),
        **more,
    )


def disable(host: str, unit: str, why: str, *, was: str, **more: Any) -> Command:
    """Stop a unit now, and start it at no boot; `was` as `as_they_were` has it."""
    return Command(
        host,
        ("systemctl", "disable", "--now", unit),
        why,
        undo=as_they_were(DISABLED, {unit: was}),
        **more,
    )


def timer(description: str, calendar: str, delay_seconds: int) -> str:
    """The text of a timer: a missed run is made up for, and machines do not all run at once.

    `calendar` as in systemd.time(7); a run is late by a random time of `delay_seconds` at most.
    """
    return (
        f"[Unit]\nDescription={description}\n\n"
        f"[Timer]\nOnCalendar={calendar}\nPersistent=true\nRandomizedDelaySec={delay_seconds}\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


_NO_MORE = """\
for unit; do
  case $(systemctl is-enabled -- "$unit" 2>/dev/null) in ""|not-found) continue ;; esac
  systemctl disable --now -- "$unit" || exit
done"""


def _former_timers(timers: tuple[str, ...], counted: Collection[str]) -> Undo | str:
    if not counted:
        return no_more(*timers)
    if set(counted) >= set(timers):
        return by_former_files(*timers)
    others = [timer for timer in timers if timer not in counted]
    return f"systemctl disable --now {' '.join(others)}; systemctl daemon-reload"


def no_more(*units: str) -> Undo:
    """The undo of what let units count that did not before: it comes before their files go."""
    names = " ".join(units)
    return Undo(("sh", "-c", _NO_MORE, "units-off", *units), f"systemctl disable --now {names}")


def by_former_files(*units: str) -> Undo:
    """The undo where the units counted by other files: they do so again."""
    script = 'systemctl daemon-reload && systemctl restart -- "$@"'
    shown = f"systemctl daemon-reload && systemctl restart {' '.join(units)}"
    return Undo(("sh", "-c", script, "units-back", *units), shown, last=True)


def start_timers(
    host: str, timers: tuple[str, ...], why: str, *, counted: Collection[str], stage: int = 0
) -> Command:
    """Let timers count from now on and from every boot, by the files that were just written.

    `counted` are those that did so before, by former files.
    """
    names = " ".join(timers)
    # `enable --now` leaves a timer alone that runs by its former file: only a restart reads it.
    script = f"systemctl daemon-reload && systemctl enable {names} && systemctl restart {names}"
    return Command(
        host,
        ("sh", "-c", script),
        why,
        undo=_former_timers(timers, counted),
        title=f"systemctl enable --now {names}",
        stage=stage,
    )
