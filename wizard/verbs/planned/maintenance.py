"""`maintenance NODE`: free a node, wait until somebody worked on it, take it back."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from wizard.base.exits import Exit
from wizard.base.stdio import say
from wizard.daily import accident_report
from wizard.daily.accident import Accident
from wizard.daily.maintaining import (
    WAIT_SECONDS,
    awaited,
    is_here,
    note_free,
    settle,
    turn,
)
from wizard.daily.planned import Errands
from wizard.model.planned import Planned
from wizard.verbs.planned import text
from wizard.verbs.planned.health import closing_look
from wizard.verbs.planned.run import errands, foretell, plan, timed
from wizard.verbs.recovery.run import carry_out

if TYPE_CHECKING:
    from wizard.verbs.daily import Open


def maintenance(args: argparse.Namespace, opened: Open, planned: Planned) -> Exit:
    """Free it, wait, take it back: whatever of it is left to be done."""
    with opened(read_only=args.plan) as build, build.secrets.kept():
        run = errands(build, planned, planned.maintenance, args)
        run.look()
        accident, returns = settle(run, back=args.back, waits=not args.no_wait)
        if args.plan:
            return plan(run, accident)
        if not returns:
            code = _free(run, accident)
            if code is not Exit.OK or args.no_wait or is_here(run, accident):
                return code
            accident = run.taken_up()
            if not _waited(run, accident):
                return Exit.PENDING
            turn(run, planned.back)
        return _take_back(run, accident)


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
        with run.session(written) as session:
            note_free(run, written, session)
        say("")
        say(text.free(run, written))
    return code


def _waited(run: Errands, accident: Accident) -> bool:
    """Whether the node came back in another boot; False when it was waited for long enough."""
    node = accident.case.subject
    say(
        f"Waiting for {node}: it is taken back as soon as it has booted anew. Where it is not to be"
    )
    say("rebooted, or more than once: Ctrl-C, and the same command with --back afterwards.")
    until = run.clock() + WAIT_SECONDS
    if awaited(run, accident, lambda told: say(f"-- {told}"), until=until):
        return True
    say(f"{node} was not rebooted within {WAIT_SECONDS // 60} minutes.")
    say(f"When it is back: {text.back_command(accident)}")
    return False


def _take_back(run: Errands, accident: Accident) -> Exit:
    """Connect, bring home, let the watcher go."""
    run.lookout.forget()
    before = run.look()
    refused = run.speaks_against(accident.case)
    if refused is not None:
        raise refused
    passengers = run.passengers(accident)
    if not run.begun(accident) and run.at_its_end(accident):
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
