"""`maintenance NODE`: free a node, wait until somebody worked on it, take it back.

What is left to be done is told by the journal's two turning points (the node is free, it is to be
taken back) and by the facts: a run that was killed anywhere is gone on with by the same command,
and nothing is moved away again that was brought home already.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING

from wizard.base.exits import Exit
from wizard.base.stdio import say
from wizard.daily import accident_report
from wizard.daily.accident import Accident
from wizard.daily.planned import Errands
from wizard.model.planned import Errand, Planned
from wizard.run.within import Wanted, gather_within
from wizard.verbs.planned.health import closing_look
from wizard.verbs.planned.run import at_its_end, errands, foretell, plan, timed
from wizard.verbs.recovery.run import carry_out

if TYPE_CHECKING:
    from wizard.state.journal import Record
    from wizard.verbs.daily import Open

WAIT_SECONDS = 5400
"""How long it is waited for the node at most: half an hour less than the watcher is paused."""
LOOK_SECONDS = 15
"""From the end of one look at the node to the next."""
ANSWER_SECONDS = 20.0


def maintenance(args: argparse.Namespace, opened: Open, planned: Planned) -> Exit:
    """Free it, wait, take it back: whatever of it is left to be done."""
    with opened(read_only=args.plan) as build:
        run = errands(build, planned, planned.maintenance, args)
        run.look()
        accident = run.taken_up()
        returns = args.back or _last(accident, accident_report.BACK) is not None
        if returns and not run.begun(accident):
            run = _turned(run, planned.back_alone)
            accident = run.taken_up()
        elif returns or (not args.no_wait and _came_back(run, accident)):
            returns = True
            run = _turned(run, planned.back)
        if args.plan:
            return plan(run, accident)
        if not returns:
            code = _free(run, accident)
            if code is not Exit.OK or args.no_wait or _is_here(run, accident):
                return code
            accident = run.taken_up()
            if not _awaited(run, accident):
                return Exit.PENDING
            run = _turned(run, planned.back)
        return _take_back(run, accident)


def _turned(run: Errands, errand: Errand) -> Errands:
    """The same run, with another errand's steps."""
    run.errand = errand
    run.play = errand.play
    return run


def _last(accident: Accident, kind: str) -> Record | None:
    records = [record for record in accident.records if record["kind"] == kind]
    return records[-1] if records else None


def _free(run: Errands, accident: Accident) -> Exit:
    """Move all away, hand over; then say that it may be worked on."""
    before = run.look()
    refused = run.objection(before, accident)
    if refused is not None:
        raise refused
    passengers = run.passengers(accident)
    foretell(run, passengers)
    written = run.written(accident)
    say(f"-- {run.play.title}: {written.store.folder}")
    around = partial(timed, run, passengers)
    code = carry_out(run, written, before, (), closes=False, around=around)
    if code is Exit.OK:
        _note_handover(run, written)
        _say_free(run, written)
    return code


def _note_handover(run: Errands, accident: Accident) -> None:
    """Once, with the boot that the node is in: another one later means that it was rebooted."""
    if _last(accident, accident_report.HANDOVER) is not None:
        return
    boot = _boot(run, accident)
    with run.session(accident) as session:
        node = accident.case.subject
        session.journal.add(accident_report.HANDOVER, node=node, boot=boot)


def _boot(run: Errands, accident: Accident) -> str:
    """The id of the boot that the node is in, by a short look at it alone; "" when it is silent."""
    answers = run.build.answers
    node = _short(run, accident)
    first = list(run.recovery.doctor.facts(answers)[node])[:1]
    wanted = [Wanted(run.lookout.hosts[node], first, ANSWER_SECONDS)]
    facts, _ = gather_within(wanted, answers)
    return run.planned.boot(answers, facts, node)


def _short(run: Errands, accident: Accident) -> str:
    for node in run.build.answers.nodes:
        if node.name == accident.case.subject:
            return node.short
    return accident.case.subject


def _came_back(run: Errands, accident: Accident) -> bool:
    """Whether it was free to be worked on, and is in another boot since."""
    if _last(accident, accident_report.HANDOVER) is None:
        return False
    return _is_another(accident, _boot(run, accident))


def _is_another(accident: Accident, boot: str) -> bool:
    """Whether a boot, "" unknown, is another one than that at the hand-over."""
    handed_over = _last(accident, accident_report.HANDOVER)
    return bool(boot) and handed_over is not None and boot != handed_over["boot"]


def _say_free(run: Errands, accident: Accident) -> None:
    node = accident.case.subject
    say("")
    say(f"{node} IS FREE. Work on it or reboot it now. Until it is back:")
    for line in run.planned.advice(accident.case, run.build.answers):
        say(f"   - {line}")
    until = time.strftime("%H:%M UTC", time.gmtime(run.clock() + WAIT_SECONDS))
    say(f"   - the watcher is paused, which ends by itself, not before {until}")
    say(f"When it is back: ganeti-wizard maintenance {node} --back")


def _is_here(run: Errands, accident: Accident) -> bool:
    """Whether this program runs on the node itself: then it ends with a reboot of it."""
    return any(
        node.name == accident.case.subject and node.ssh.local for node in run.build.answers.nodes
    )


def _awaited(run: Errands, accident: Accident) -> bool:
    """Whether the node came back in another boot; False when it was waited for long enough.

    A Ctrl-C leaves, and takes nothing back: the same command goes on.
    """
    node = accident.case.subject
    say(
        f"Waiting for {node}: it is taken back as soon as it has booted anew. Where it is not to be"
    )
    say("rebooted, or more than once: Ctrl-C, and the same command with --back afterwards.")
    until = run.clock() + WAIT_SECONDS
    answered = True
    while run.clock() < until:
        boot = _boot(run, accident)
        if _is_another(accident, boot):
            say(f"-- {node} was rebooted, and answers")
            return True
        if bool(boot) != answered:
            answered = bool(boot)
            say(f"-- {node} {'answers' if answered else 'does not answer any more'}")
        run.pause(LOOK_SECONDS)
    say(f"{node} was not rebooted within {WAIT_SECONDS // 60} minutes.")
    say(f"When it is back: ganeti-wizard maintenance {node} --back")
    return False


def _take_back(run: Errands, accident: Accident) -> Exit:
    """Connect, bring home, let the watcher go."""
    run.lookout.forget()
    before = run.look()
    refused = run.speaks_against(accident.case)
    if refused is not None:
        raise refused
    passengers = run.passengers(accident)
    if not run.begun(accident) and at_its_end(run, accident):
        say(f"{accident.case.subject} is back already, and all is at home.")
        return Exit.OK
    foretell(run, passengers)
    written = run.written(accident)
    say(f"-- {run.play.title}: {written.store.folder}")
    with run.session(written) as session:
        session.journal.add(accident_report.BACK, node=written.case.subject)
    code = carry_out(run, written, before, (), around=partial(timed, run, passengers))
    if code is Exit.OK:
        closing_look(run.build)
    return code
