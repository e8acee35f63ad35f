"""Whether an instance obeys a request to shut down: a unit that notes how it went down, and one
real trial.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

from steps.ganeti.instance import WORK
from steps.ganeti.under_way import await_ssh, followed
from steps.guest.facts.gueststop import PROGRAM, STOPS, UNIT, UNIT_FILE
from wizard.answers import Answers, Instance
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind, write_file

TIMEOUT = 120
"""Seconds after which Ganeti pulls the plug (its DEFAULT_SHUTDOWN_TIMEOUT): those of a planned move
as well.
"""
REPEAT_SECONDS = 600
"""A trial that failed is shown for so long after the instance's start; then the plan offers another
one.
"""


@cache
def files() -> dict[str, tuple[str, str]]:
    """Our files in the guest by path, each with its mode."""
    folder = resources.files("assets") / "templates" / "guest"
    program, unit = (folder / f"gw-last-stop.{suffix}" for suffix in ("sh", "service"))
    return {
        PROGRAM: (program.read_text(encoding="utf-8"), "755"),
        UNIT_FILE: (unit.read_text(encoding="utf-8"), "644"),
    }


def watch(facts: Facts, one: Instance) -> Iterator[Command]:
    """The unit that notes whether the guest goes down in order. Nothing in the guest waits for it
    or is stopped.
    """
    host, seen = one.short, facts.of(one.short, STOPS)
    wrong = [path for path, (text, _) in files().items() if seen.texts.get(path) != text]
    for path in wrong:
        text, mode = files()[path]
        why = "notes whether this machine goes down in order or has its plug pulled"
        yield write_file(host, path, text, why, mode=mode, undo=f"rm {path}")
    if UNIT_FILE in wrong or seen.unit != "enabled active":
        yield Command(
            host,
            ("sh", "-c", 'systemctl daemon-reload && systemctl enable --now "$1"', "enable", UNIT),
            "from now on each stop of this machine is noted",
            undo=f"systemctl disable --now {UNIT}",
            title=f"enable {UNIT}",
        )


def trial(answers: Answers, facts: Facts, one: Instance, stage: int) -> Iterator[Command]:
    """Once, while nobody needs the guest: Ganeti shuts it down and starts it, in one job so that it
    is never left down.

    The job does what a planned move does first: a request, the same patience, then the plug.
    """
    if not _due(facts, one):
        return
    host = answers.master.short
    under_way = followed(answers, facts, one.name, *WORK, stage=stage)
    if under_way:
        yield under_way
    else:
        yield Command(
            host=host,
            argv=(
                "gnt-instance",
                "reboot",
                "--type=full",
                f"--shutdown-timeout={TIMEOUT}",
                *SUBMIT,
                one.name,
            ),
            kind=Kind.JOB,
            danger=Danger.OUTAGE,
            why=(
                f"shuts {one.name} down and starts it: only a real shutdown shows that a "
                "planned move will be short"
            ),
            risk=(
                f"{one.name} is away for a minute or two; when it does not obey, its plug "
                f"is pulled after {TIMEOUT} s"
            ),
            undo="none needed",
            stage=stage,
            minutes=3,
        )
    why = f"{one.name} has booted when its ssh server answers; then its note of the stop is read"
    yield await_ssh(answers, str(one.ip), why, stage)


def _due(facts: Facts, one: Instance) -> bool:
    """Never seen to obey, nobody would miss it now, and no trial has failed just now."""
    seen = facts.of(one.short, STOPS)
    needed = seen.volume or seen.serves
    return not seen.obeyed and not needed and not _failed(facts, one)


def _failed(facts: Facts, one: Instance) -> bool:
    seen = facts.of(one.short, STOPS)
    return not seen.obeyed and seen.last == "cut" and seen.up < REPEAT_SECONDS


def problems(facts: Facts, one: Instance) -> Iterator[Finding]:
    """A shutdown that ended with the plug pulled."""
    if _failed(facts, one):
        what = (
            f"it did not go down in order; Ganeti pulls the plug after {TIMEOUT} s, in a "
            "planned move as well"
        )
        again = f"{REPEAT_SECONDS // 60} minutes after its start, F5 offers another trial"
        mend = f"in it, `journalctl -b -1 -e` ends with what did not stop; {again}"
        yield Finding(one.short, what, mend)
