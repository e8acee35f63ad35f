"""The reboot checkpoint: a host has rebooted when ssh answers and its boot id differs."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.hosts.host import Host, OnOutput
from wizard.model.flight import Flight
from wizard.remote import login_message
from wizard.remote.kind import Carrier, Order, Settled, Words
from wizard.remote.stream import LeftRunning

BOOT_ID = "/proc/sys/kernel/random/boot_id"
"""A number that the kernel draws once per boot (random(4))."""
DELAY = 2
"""Seconds between the order and the reboot, so that the connection ends in good order first."""
GOING_DOWN = 60.0
"""Seconds after the order within which a host that still runs counts as about to go down."""
BOOT_TIMEOUT = 900.0
"""Seconds that a host may need from the reboot until ssh answers; big servers test their memory for
minutes.
"""
PAUSE = 3.0
TELL = 15.0
"""Seconds between two lines that say how long it has lasted."""


def boot_id(host: Host) -> str:
    """The current boot's id."""
    result = host.run(("cat", BOOT_ID), timeout=30)
    if result.rc != 0 or not result.out.strip():
        raise WizardError(f"the boot id cannot be read: {result.err.strip()}", where=host.name)
    return result.out.strip()


def look(host: Host) -> tuple[str, bool]:
    """The current boot's id, and whether the system is shutting down (systemctl(1):
    is-system-running).
    """
    result = host.run(("sh", "-c", f"cat {BOOT_ID}; systemctl is-system-running"), timeout=30)
    now, _, state = result.out.strip().partition("\n")
    if not now:
        raise WizardError(f"the boot id cannot be read: {result.err.strip()}", where=host.name)
    return now, state.strip() == "stopping"


def same_machine(host: Host) -> bool:
    """Whether the wizard runs on that very machine, however it is reached (one kernel, one boot
    id).
    """
    own = Path(BOOT_ID)
    return host.is_self or (own.exists() and own.read_text("ascii").strip() == boot_id(host))


def reboot(host: Host) -> None:
    """Order a reboot, detached from the connection, and close the connection; returns before it
    happens.
    """
    script = (
        'systemd-run --quiet --no-block --collect --on-active="$1" systemctl reboot || '
        '{ command -v systemctl >/dev/null || exit 1; nohup sh -c \'sleep "$1"; systemctl '
        'reboot\' wait "$1" '
        "</dev/null >/dev/null 2>&1 & }"
    )
    result = host.run(("sh", "-c", script, "reboot", str(DELAY)), timeout=60)
    if result.rc != 0:
        raise WizardError(f"the reboot could not be ordered: {result.err.strip()}", where=host.name)
    host.close()


def await_boot(
    host: Host, old_boot_id: str, on_output: OnOutput, stop: threading.Event, timeout_s: float
) -> None:
    """Wait until the host answers with another boot id, saying regularly for how long it has been.

    Raises WizardError after `timeout_s` seconds, LeftRunning when `stop` is set. A changed host key
    ends it.
    """
    begun = told = time.monotonic()
    last = "it has not gone down yet"
    while True:
        try:
            if boot_id(host) != old_boot_id:
                on_output(f"{host.name}: back after {time.monotonic() - begun:.0f} s\n")
                return
        except (Unreachable, ConnectionLost) as error:
            last = error.what
        host.close()
        now = time.monotonic()
        if now - begun >= timeout_s:
            raise _too_long(host, timeout_s, last)
        if now - told >= TELL:
            told = now
            on_output(f"{host.name}: waiting for {now - begun:.0f} s ({last})\n")
        if stop.wait(PAUSE):
            raise LeftRunning("no longer waited for; the reboot goes on", where=host.name)


def _too_long(host: Host, timeout_s: float, last: str) -> WizardError:
    return WizardError(
        f"not back {timeout_s / 60:.0f} minutes after the reboot was ordered: {last}",
        where=host.name,
        mend=(
            "look at its console; choose the former entry in the boot menu if it hangs; then resume"
        ),
    )


class Reboot(Carrier):
    """Told once, never again: a host that is away, or has not gone down yet, is waited for."""

    words = Words(
        about="the host is awaited with a new boot id",
        running="WAITING for it to come back",
        leaving="reboots in any case",
    )

    def start(self, order: Order) -> None:
        """Note the boot, leave word where the wizard itself goes down with it, give the order."""
        host = order.host
        order.remember("boot", boot_id(host))
        if same_machine(host):
            login_message.put(host, order.resume)
            order.on_output(
                "this node reboots now, and the wizard with it. Go on afterwards with: "
                f"{order.resume}\n"
            )
        reboot(host)

    def follow(
        self, flight: Flight, host: Host, on_output: OnOutput, leave: threading.Event
    ) -> int:
        """Until it answers with another boot id."""
        await_boot(host, flight.boot, on_output, leave, BOOT_TIMEOUT)
        return 0

    def settle(self, flight: Flight, host: Host) -> Settled | None:
        """By its boot id. A host that does not answer reboots, as long as that may last."""
        try:
            now, going_down = look(host)
        except (Unreachable, ConnectionLost) as error:
            # A refused login comes from a host that is up.
            away = type(error) in (Unreachable, ConnectionLost)
            if away and flight.age < BOOT_TIMEOUT:
                return None
            raise
        rebooted = now != flight.boot
        if not rebooted and (going_down or flight.age < GOING_DOWN):
            return None
        return Settled("it has rebooted" if rebooted else "it did not reboot", ok=rebooted)

    def traced(self, flight: Flight) -> bool:
        """By the boot that it ends."""
        return bool(flight.boot)
