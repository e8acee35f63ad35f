"""`move`, and what both verbs share: the plan, the passphrases, the stopwatch."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.base.exits import Exit, gravest
from wizard.base.stdio import say
from wizard.daily.accident import Accident
from wizard.daily.outage import Stopwatch, measured
from wizard.daily.planned import BY_A_STOP, Errands
from wizard.model.planned import Errand, Passenger, Planned
from wizard.verbs import headless
from wizard.verbs.planned import text
from wizard.verbs.recovery.run import carry_out, connect, tell_locks
from wizard.verbs.vault import ask

if TYPE_CHECKING:
    from wizard.model.step import Prompt
    from wizard.run.session import Session
    from wizard.verbs.daily import Open


def errands(
    build: Session, planned: Planned, errand: Errand, args: argparse.Namespace, wanted: str = ""
) -> Errands:
    """The run of an errand, connected."""
    connect(build, args)
    run = Errands(
        build,
        planned.recovery,
        errand.play,
        emit=headless.tell,
        planned=planned,
        errand=errand,
        subject=args.subject,
        wanted=wanted,
    )
    if args.failover:
        run.chosen = BY_A_STOP
    return run


def move(args: argparse.Namespace, opened: Open, planned: Planned) -> Exit:
    """Move an instance, or say what that would run."""
    with opened(read_only=args.plan) as build, build.secrets.kept():
        run = errands(build, planned, planned.move, args, args.to or "")
        before = run.look()
        accident = run.taken_up()
        if args.plan:
            return plan(run, accident)
        refused = run.objection(before, accident)
        if refused is not None:
            raise refused
        passengers = run.passengers(accident)
        if not passengers and not run.begun(accident) and run.at_its_end(accident):
            say(f"{accident.case.subject} is on {accident.case.target} already.")
            return Exit.OK
        foretell(run, passengers)
        written = run.written(accident)
        say(f"-- {run.play.title}: {written.store.folder}")
        around = partial(timed, run, passengers)
        return carry_out(run, written, before, (), around=around)


def plan(run: Errands, accident: Accident) -> Exit:
    """One look, and what would run; it takes no lock and writes nothing."""
    seen = run.look()
    tell_locks(seen)
    refused = run.objection(seen, accident)
    if refused is not None:
        say(f"NOT NOW: {refused}")
    _tell(run.passengers(accident))
    codes = [Exit.BLOCKED if refused is not None else Exit.OK]
    with run.session(accident, read_only=True) as session:
        for review in session.survey(session.steps):
            headless.show(review)
            codes.append(Exit.PENDING if review.plan else Exit.OK)
    say("What comes after the first of these steps is planned anew when its turn comes.")
    return gravest(*codes)


def _tell(passengers: Sequence[Passenger]) -> None:
    """Who goes where, and what its users notice of it: said before anything is done."""
    if passengers:
        say(text.moved(passengers))


def foretell(run: Errands, passengers: Sequence[Passenger]) -> None:
    """Say what will be noticed, and have every secret before anything is stopped: whoever calls
    keeps them for all steps.

    Raises WizardError (CONSENT) for one that nobody gives.
    """
    _tell(passengers)
    for one in passengers:
        for prompt in one.prompts:
            if prompt.key not in run.build.secrets:
                _ask_for(run, one, prompt)


def _ask_for(run: Errands, passenger: Passenger, prompt: Prompt) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise WizardError(
            f"a stop locks its volume, and nobody gives the passphrase: {prompt.label}",
            where=passenger.name,
            mend=f"--secret {prompt.key}=FILE, a file of mode 600 with one line; or a terminal",
            code=Exit.CONSENT,
        )
    secret = ask(passenger.short, typed=True)
    run.build.secrets.put(prompt.key, secret)


@contextmanager
def timed(run: Errands, passengers: Sequence[Passenger], session: Session) -> Iterator[None]:
    """Measure how long each does not answer meanwhile; say it, and keep it for the report."""
    stopwatches: list[Stopwatch] = []
    try:
        with measured(run, passengers, session) as stopwatches:
            yield
    finally:
        for one in stopwatches:
            say(f"-- {one.told}")
