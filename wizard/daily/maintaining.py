"""A maintenance from freeing the node until it is taken back, whichever front end leads through it.

What is left to be done is told by the journal's two turning points (the node is free, it is to be
taken back) and by the facts: a run that was killed anywhere is gone on with, and nothing is moved
away again that was brought home already.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from wizard.base.names import short
from wizard.daily import accident_report
from wizard.model.planned import Errand
from wizard.run.within import Wanted, gather_within

if TYPE_CHECKING:
    from wizard.daily.accident import Accident
    from wizard.daily.planned import Errands
    from wizard.run.session import Session
    from wizard.state.journal import Record

WAIT_SECONDS = 5400
"""How long it is waited for the node at most: half an hour less than the watcher is paused."""
LOOK_SECONDS = 15
"""From the end of one look at the node to the next."""
ANSWER_SECONDS = 20.0


def settle(run: Errands, *, back: bool, waits: bool = True) -> tuple[Accident, bool]:
    """What is gone on with or begun, and whether the node is to be taken back; the run has the
    errand for it afterwards.

    `back`: somebody says that the work is done; `waits`: else its boot may say it. Raises what
    `Errands.taken_up` does.
    """
    accident = run.taken_up()
    returns = back or last(accident, accident_report.BACK) is not None
    if returns and not run.begun(accident):
        turn(run, run.planned.back_alone)
        return run.taken_up(), True
    if returns or (waits and came_back(run, accident)):
        turn(run, run.planned.back)
        return accident, True
    return accident, False


def turn(run: Errands, errand: Errand) -> None:
    """Go on with another errand's steps."""
    run.errand = errand
    run.play = errand.play


def last(accident: Accident, kind: str) -> Record | None:
    """The last record of a kind."""
    records = [record for record in accident.records if record["kind"] == kind]
    return records[-1] if records else None


def is_free(accident: Accident) -> bool:
    """Whether the node was handed over to be worked on."""
    return last(accident, accident_report.HANDOVER) is not None


def note_free(run: Errands, accident: Accident, session: Session) -> None:
    """Once, with the boot that the node is in: another one later means that it was rebooted."""
    if not is_free(accident):
        node = accident.case.subject
        until = int(run.clock()) + WAIT_SECONDS
        known = boot(run, accident)
        session.journal.add(accident_report.HANDOVER, node=node, boot=known, until=until)


def paused_until(accident: Accident) -> float:
    """Until when the watcher is surely paused, in seconds since 1970; 0 where that is not known."""
    handed_over = last(accident, accident_report.HANDOVER)
    return float(handed_over.get("until", 0)) if handed_over is not None else 0.0


def boot(run: Errands, accident: Accident) -> str:
    """The id of the boot that the node is in, by a short look at it alone; "" when it is silent."""
    answers = run.build.answers
    node = short(accident.case.subject)
    first = list(run.recovery.doctor.facts(answers)[node])[:1]
    wanted = [Wanted(run.lookout.hosts[node], first, ANSWER_SECONDS)]
    facts, _ = gather_within(wanted, answers)
    return run.planned.boot(answers, facts, node)


def came_back(run: Errands, accident: Accident) -> bool:
    """Whether it was free to be worked on, and is in another boot since."""
    return is_free(accident) and is_another(accident, boot(run, accident))


def is_another(accident: Accident, known: str) -> bool:
    """Whether a boot, "" unknown, is another one than that at the hand-over."""
    handed_over = last(accident, accident_report.HANDOVER)
    return bool(known) and handed_over is not None and known != handed_over["boot"]


def awaited(
    run: Errands, accident: Accident, say: Callable[[str], None], *, until: float = inf
) -> bool:
    """Whether the node came into another boot, which is waited for; `say` is told whenever it
    comes or goes. `until` is when to give up, in seconds since 1970.

    A Ctrl-C ends the wait, and takes nothing back. Raises what a look at the node does.
    """
    node = accident.case.subject
    answered = True
    while run.clock() < until:
        known = boot(run, accident)
        if is_another(accident, known):
            say(f"{node} was rebooted, and answers")
            return True
        if bool(known) != answered:
            answered = bool(known)
            say(f"{node} {'answers' if answered else 'does not answer any more'}")
        run.pause(LOOK_SECONDS)
    return False


def is_here(run: Errands, accident: Accident) -> bool:
    """Whether this program runs on the node itself: then it ends with a reboot of it."""
    return any(
        node.name == accident.case.subject and node.ssh.local for node in run.build.answers.nodes
    )
