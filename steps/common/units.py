"""systemd's units on a host: where their files lie, timers, and services on and off at boot."""

from __future__ import annotations

from typing import Any

from wizard.model.step import Command

FOLDER = "/etc/systemd/system"
"""Units of the administrator: they come before a package's (systemd.unit(5))."""


def enable(host: str, unit: str, why: str, **more: Any) -> Command:
    """Start a unit now and at every boot."""
    return Command(
        host,
        ("systemctl", "enable", "--now", unit),
        why,
        undo=f"systemctl disable --now {unit}",
        **more,
    )


def disable(host: str, unit: str, why: str, **more: Any) -> Command:
    """Stop a unit now, and start it at no boot."""
    return Command(
        host,
        ("systemctl", "disable", "--now", unit),
        why,
        undo=f"systemctl enable --now {unit}",
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


def start_timers(host: str, timers: tuple[str, ...], why: str, stage: int = 0) -> Command:
    """Let timers count from now on and from every boot, by the files that were just written."""
    names = " ".join(timers)
    # `enable --now` leaves a timer alone that runs by its former file: only a restart reads it.
    script = f"systemctl daemon-reload && systemctl enable {names} && systemctl restart {names}"
    return Command(
        host,
        ("sh", "-c", script),
        why,
        undo=f"systemctl disable --now {names}",
        title=f"systemctl enable --now {names}",
        stage=stage,
    )
