"""Whether an instance obeys a request to shut down: a unit that notes how it went down, and one
real trial.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.files import put, template
from steps.common.units import no_more
from steps.ganeti.acting import master_host
from steps.ganeti.instance import WORK
from steps.ganeti.under_way import await_ssh, followed
from steps.guest.facts.gueststop import PROGRAM, STOPS, UNIT, UNIT_FILE, Stops
from wizard.answers import Answers, Instance
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind
from wizard.model.undo import Undo

TIMEOUT = 120
"""Seconds after which Ganeti pulls the plug (its DEFAULT_SHUTDOWN_TIMEOUT): those of a planned move
as well.
"""
REPEAT_SECONDS = 600
"""A trial that failed is shown for so long after the instance's start; then the plan offers another
one.
"""


def files() -> dict[str, tuple[str, str]]:
    """Our files in the guest by path, each with its mode: the program that takes the notes, and the
    unit that runs it.
    """
    return {
        PROGRAM: (template("guest/gw-last-stop.sh"), "755"),
        UNIT_FILE: (template("guest/gw-last-stop.service"), "644"),
    }


def watch(facts: Facts, guest: Instance) -> Iterator[Command]:
    """The unit that notes whether the guest goes down in order. Nothing in the guest waits for it
    or is stopped.
    """
    host = guest.short
    stops = facts.of(host, STOPS)
    for path, (text, mode) in files().items():
        yield from put(
            host,
            path,
            text,
            now=stops.texts.get(path),
            why="notes whether this machine goes down in order or has its plug pulled",
            mode=mode,
        )
    unit, _ = files()[UNIT_FILE]
    if stops.texts.get(UNIT_FILE) != unit or stops.unit != "enabled active":
        yield Command(
            host,
            ("sh", "-c", 'systemctl daemon-reload && systemctl enable --now "$1"', "enable", UNIT),
            why="from now on each stop of this machine is noted",
            undo=_former_watch(stops),
            title=f"enable {UNIT}",
        )


def _former_watch(stops: Stops) -> Undo:
    # A restart would make it note a stop that was none.
    if stops.unit == "enabled active":
        return Undo(("systemctl", "daemon-reload"), last=True)
    return no_more(UNIT)


def trial(answers: Answers, facts: Facts, guest: Instance, stage: int) -> Iterator[Command]:
    """Once, while nobody needs the guest: Ganeti shuts it down and starts it, in one job so that it
    is never left down.

    The job does what a planned move does first: a request, the same patience, then the plug.
    """
    if not _due(facts, guest):
        return
    master = master_host(answers, facts)
    under_way = followed(answers, facts, guest.name, *WORK, stage=stage)
    yield under_way or _reboot(master, guest, stage)
    yield await_ssh(
        master,
        str(guest.ip),
        why=f"{guest.name} has booted when its ssh server answers; "
        "then its note of the stop is read",
        stage=stage,
    )


def _reboot(master: str, guest: Instance, stage: int) -> Command:
    patience = f"--shutdown-timeout={TIMEOUT}"
    return Command(
        host=master,
        argv=("gnt-instance", "reboot", "--type=full", patience, *SUBMIT, guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why=(
            f"shuts {guest.name} down and starts it: only a real shutdown shows that a "
            "planned move will be short"
        ),
        risk=(
            f"{guest.name} is away for a minute or two; when it does not obey, its plug "
            f"is pulled after {TIMEOUT} s"
        ),
        undo="none needed",
        stage=stage,
        minutes=3,
    )


def _due(facts: Facts, guest: Instance) -> bool:
    """Never seen to obey, nobody would miss it now, and no trial has failed just now."""
    stops = facts.of(guest.short, STOPS)
    needed = stops.volume or stops.serves
    return not stops.obeyed and not needed and not _failed(facts, guest)


def _failed(facts: Facts, guest: Instance) -> bool:
    stops = facts.of(guest.short, STOPS)
    return not stops.obeyed and stops.last == "cut" and stops.up < REPEAT_SECONDS


def problems(facts: Facts, guest: Instance) -> Iterator[Finding]:
    """A shutdown that ended with the plug pulled."""
    if _failed(facts, guest):
        yield Finding(
            guest.short,
            what=(
                f"it did not go down in order; Ganeti pulls the plug after {TIMEOUT} s, in a "
                "planned move as well"
            ),
            mend=(
                "in it, `journalctl -b -1 -e` ends with what did not stop; "
                f"{REPEAT_SECONDS // 60} minutes after its start, F5 offers another trial"
            ),
        )
