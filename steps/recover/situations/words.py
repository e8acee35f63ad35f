"""What is said for many situations: waiting, evidence, freezing, the power of a dead machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.ways import way
from wizard.answers import Answers
from wizard.base.names import counted, short
from wizard.model.recovery import WAIT, Runbook, Word
from wizard.model.step import Danger

LOOK_AGAIN = "ganeti-wizard recover diagnose"
GATE_LIFTED = "every disk is in sync, or has Ganeti's primary for its source"
"""What lifts a refusal by `copies.gate`."""


def by_hand(text: str) -> Word:
    """Something that a person does."""
    return Word(text)


def on(host: str, command: str, danger: Danger = Danger.CHANGE) -> Word:
    """A command to be typed on a host."""
    return Word(command, host, danger, command=True)


def instance(host: str, action: str, name: str, danger: Danger = Danger.CHANGE) -> Word:
    """`gnt-instance ACTION NAME`, to be typed on a host.

    An instance's name is what some node says: it reaches root's shell on another one in quotes.
    """
    return on(host, f"gnt-instance {action} {shlex.quote(name)}", danger)


def wait(text: str, minutes: int = 10) -> Runbook:
    """Doing nothing, as a way of its own."""
    again = Word(LOOK_AGAIN, command=True)
    title = f"Wait {counted(minutes, 'minute')}, then look again"
    return Runbook(WAIT, title, (by_hand(text), again))


def ask_somebody() -> Runbook:
    """For what nobody foresaw: keep what is there, and show it to somebody who knows."""
    return Runbook(
        "ask",
        "Change nothing, keep the evidence, ask",
        (
            by_hand("Keep the output of this diagnosis with --json, and the logs of both nodes."),
            Word(f"{LOOK_AGAIN} --json >diagnosis.json", command=True),
            by_hand("Show it to somebody who knows DRBD and Ganeti before anything is typed."),
        ),
    )


def carried_out(runbook: str, dead: str = "") -> list[Word]:
    """How the program itself goes this way, before the same by hand. `dead` is the full name of the
    node that a person has to vouch for.
    """
    command = way(runbook)
    if dead:
        command += f" --dead {dead} --fenced cables"
    return [
        Word(command, danger=Danger.OUTAGE, command=True),
        by_hand("That does what follows, step by step. Or by hand:"),
    ]


def freeze(hosts: Sequence[str]) -> list[Word]:
    """Keep what was seen, then keep the watcher from starting anything for two hours."""
    kept = Word(f"{LOOK_AGAIN} --json >before.json", command=True)
    return [kept, *map(orders.pause, hosts), *orders.watcher_ended(hosts)]


def unlock(guests: Iterable[str]) -> list[Word]:
    """Open the encrypted volumes and start what they protect."""
    return [orders.unlock(shlex.quote(guest)) for guest in guests]


def open_volumes(answers: Answers, guests: Iterable[Guest]) -> list[Word]:
    """The same for instances that are started anew, but for those that need none."""
    names = [short(guest.name) for guest in guests]
    return unlock(name for name in names if not answers.spared(name))


def thaw(hosts: Iterable[str]) -> list[Word]:
    """The watcher's pause ends, and Ganeti verifies itself."""
    return [orders.unpause(host) for host in hosts]
