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
from wizard.daily import accident_report, outage
from wizard.daily.accident import Accident
from wizard.daily.outage import Stopwatch, Watched, from_here, from_host
from wizard.daily.planned import Errands
from wizard.model.planned import Errand, Passenger, Planned
from wizard.model.recovery import HERE
from wizard.model.review import State
from wizard.verbs import headless
from wizard.verbs.recovery.run import carry_out, connect
from wizard.verbs.vault import ask

if TYPE_CHECKING:
    from wizard.model.step import Prompt
    from wizard.run.session import Session
    from wizard.verbs.daily import Open

WAY = "way"
STOP = "stop"
"""What `--failover` chooses for `Case.chosen`, as the steps know it."""


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
        run.chosen = {WAY: STOP}
    return run


def move(args: argparse.Namespace, opened: Open, planned: Planned) -> Exit:
    """Move an instance, or say what that would run."""
    with opened(read_only=args.plan) as build:
        run = errands(build, planned, planned.move, args, args.to or "")
        before = run.look()
        accident = run.taken_up()
        if args.plan:
            return plan(run, accident)
        refused = run.objection(before, accident)
        if refused is not None:
            raise refused
        passengers = run.passengers(accident)
        if not passengers and not run.begun(accident) and at_its_end(run, accident):
            say(f"{accident.case.subject} is on {accident.case.target} already.")
            return Exit.OK
        foretell(run, passengers)
        written = run.written(accident)
        say(f"-- {run.play.title}: {written.store.folder}")
        around = partial(timed, run, passengers)
        return carry_out(run, written, before, (), around=around)


def at_its_end(run: Errands, accident: Accident) -> bool:
    """Whether the machines show nothing that the errand's own steps would do or find wrong."""
    with run.session(accident, read_only=True) as session:
        own = [step for step in session.steps if step.id in run.errand.own]
        return all(review.state is State.DONE for review in session.survey(own))


def plan(run: Errands, accident: Accident) -> Exit:
    """One look, and what would run; it takes no lock and writes nothing."""
    refused = run.objection(run.look(), accident)
    if refused is not None:
        say(f"NOT NOW: {refused}")
    tell(run.passengers(accident))
    codes = [Exit.BLOCKED if refused is not None else Exit.OK]
    with run.session(accident, read_only=True) as session:
        for review in session.survey(session.steps):
            headless.show(review)
            codes.append(Exit.PENDING if review.plan else Exit.OK)
    say("What comes after the first of these steps is planned anew when its turn comes.")
    return gravest(*codes)


def tell(passengers: Sequence[Passenger]) -> None:
    """Who goes where, and what its users notice of it: said before anything is done."""
    for one in passengers:
        say(f"{one.name} goes from {one.source} to {one.target}.")
        if one.stopped:
            say(f"   It is stopped for that: {one.stopped}.")
            say("   DOWNTIME: from its shutdown until it has booted, one to three minutes.")
        else:
            say("   It runs on meanwhile, and stands still for a moment at the end. Should that")
            say("   fail, it goes on where it is; --failover stops and starts it instead.")
        if one.prompts:
            say("   The stop locks its encrypted volume, which its passphrase opens afterwards.")


def foretell(run: Errands, passengers: Sequence[Passenger]) -> None:
    """Say what will be noticed, and have every secret before anything is stopped.

    Raises WizardError (CONSENT) for one that nobody gives.
    """
    tell(passengers)
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
    run.build.secrets.lend(prompt.key, lambda: secret)


@contextmanager
def timed(run: Errands, passengers: Sequence[Passenger], session: Session) -> Iterator[None]:
    """Measure how long each does not answer meanwhile; say it, and keep it for the report."""
    watched = []
    for passenger in passengers:
        if passenger.ip:
            watched.append(watch(run, passenger))
    try:
        with outage.watching(watched):
            yield
    finally:
        for one in watched:
            say(f"-- {one.stopwatch.told}")
            session.journal.add(
                accident_report.OUTAGE,
                instance=one.stopwatch.name,
                seconds=round(one.stopwatch.seconds, 1),
                place=one.stopwatch.place,
                told=one.stopwatch.told,
            )


def watch(run: Errands, passenger: Passenger) -> Watched:
    """From here where this machine reaches it, else from the server that it goes to."""
    here = run.lookout.hosts.get(HERE)
    if here is not None and from_here(passenger.ip).there:
        return Watched(partial(from_here, passenger.ip), Stopwatch(passenger.name, HERE))
    host = run.lookout.hosts[passenger.target]
    ask_there = partial(from_host, host, passenger.ip)
    return Watched(ask_there, Stopwatch(passenger.name, passenger.target))
