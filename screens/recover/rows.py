"""The rows of the diagnosis: machines, what is the matter, the ways out. No widget is known here.

The sentences are those that `recover diagnose` prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import fill

from wizard.daily.accident import THAW, Accident
from wizard.model.recovery import Diagnosis, Runbook, Seen, Situation, Standing
from wizard.model.verdicts import Lock
from wizard.verbs.recovery import text

SIGNS = {
    Standing.ANSWERS: "[x]",
    Standing.PARTIAL: "[!]",
    Standing.ALIVE: "[!]",
    Standing.SILENT: "[!]",
    Standing.UNSEEN: "[?]",
}


@dataclass(frozen=True)
class Row:
    """One line of the table. `key` is the same from look to look; `whole` gives all that is known,
    in so many columns.
    """

    key: str
    sign: str
    name: str
    what: str
    whole: Callable[[int], str]
    situation: Situation | None = None
    runbook: Runbook | None = None
    resumes: str = ""
    """The id of a runbook that an earlier run did not bring to its end, or THAW."""
    begun: Accident | None = None

    @property
    def opens(self) -> bool:
        """Whether there is something to be done here."""
        return self.runbook is not None or bool(self.resumes)


def rows(diagnosis: Diagnosis, begun: Sequence[Accident]) -> list[Row]:
    """All of them: what was begun first, then who is there, then what is the matter."""
    made = [_begun(accident) for accident in begun]
    if begun:
        made.append(_thaw())
    for seen in diagnosis.findings.hosts:
        made.append(_machine(seen))
    for lock in diagnosis.locks:
        made.append(_lock(lock))
    for number, situation in enumerate(diagnosis.findings.situations, 1):
        made += _situation(number, situation)
    return made


def first_way(shown: Sequence[Row]) -> int:
    """Where the cursor begins: on what was begun and not ended, else on the safest way out, else at
    the top.
    """
    if shown and shown[0].begun is not None:
        return 0
    for number, row in enumerate(shown):
        if row.runbook is not None and row.runbook.offered:
            return number
    return 0


def _begun(accident: Accident) -> Row:
    case = accident.case
    told = (
        f"{case.runbook} was begun as {case.accident} and has not come to its end. "
        "Until then Ganeti's watcher may be paused. F8 goes on with it."
    )
    return Row(
        f"begun {case.accident}",
        "[>]",
        case.runbook,
        "was begun, and is not at its end",
        lambda width: fill(told, width),
        resumes=case.runbook,
        begun=accident,
    )


def _thaw() -> Row:
    told = "The watcher works again, and the hold on the servers is given back: nobody goes on."
    what = "let the watcher work again, and do not go on"
    return Row(THAW, "[>]", THAW, what, lambda width: fill(told, width), resumes=THAW)


def _machine(seen: Seen) -> Row:
    sign = SIGNS[seen.presence.state]
    if seen.lacking and seen.presence.state is Standing.ANSWERS:
        sign = "[!]"
    what = f"{seen.role}: {text.standing(seen)}"
    whole = partial(text.machine, seen)
    return Row(f"machine {seen.name}", sign, seen.name, what, whole)


def _lock(lock: Lock) -> Row:
    what = f"locked: {lock.who}, {lock.doing}"
    return Row(f"lock {lock.host}", "[!]", lock.host, what, partial(fill, lock.what))


def _situation(number: int, situation: Situation) -> Iterator[Row]:
    whole = partial(text.situation, situation)
    key = f"situation {situation.id} {situation.title}"
    yield Row(key, f"{number}.", situation.id, situation.title, whole, situation)
    for letter, runbook in zip("abcdefghij", situation.runbooks, strict=False):
        what = runbook.title
        if not runbook.offered:
            what = f"NOT NOW: {runbook.refused}"
        yield Row(
            f"{key} {runbook.id}",
            f" {letter})",
            runbook.id,
            what,
            partial(text.way_out, runbook),
            situation,
            runbook,
        )
