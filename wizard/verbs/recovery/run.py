"""`recover plan`, `apply` and what belongs to them: a runbook without a screen."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from wizard.base.errors import Unreachable, WizardError
from wizard.base.exits import Exit, gravest
from wizard.base.stdio import complain, say
from wizard.daily import accident_report
from wizard.daily.accident import Accident, accidents, watcher_paused
from wizard.daily.recovering import LOOK_AGAIN, Recovering
from wizard.daily.underway import NOTHING, PAUSED, conclude, report_of, underway
from wizard.daily.waiting import looks
from wizard.model.accident import Play, Recovery
from wizard.model.recovery import WAIT, Diagnosis
from wizard.verbs import headless
from wizard.verbs.recovery import text

if TYPE_CHECKING:
    from wizard.run.session import Session
    from wizard.verbs.daily import Open


def play_of(recovery: Recovery, name: str) -> Play:
    """The runbook of that name; raises WizardError (USAGE) when there is none."""
    play = recovery.plays.get(name)
    if play is None:
        names = ", ".join(recovery.plays)
        mend = f"those that are carried out: {names}, wait; {LOOK_AGAIN} has the others' words"
        raise WizardError(f"there is no runbook {name!r} here", mend=mend, code=Exit.USAGE)
    return play


def plan(args: argparse.Namespace, opened: Open, recovery: Recovery) -> Exit:
    """Look once, and say what would run; it takes no lock and writes nothing."""
    play = play_of(recovery, args.runbook)
    with opened(read_only=True) as build:
        run = _connected(build, recovery, play, args)
        if args.dead:
            run.claims(args.dead, args.fenced or "")
        accident = run.tried()
        seen = run.look()
        tell_locks(seen)
        refused = run.objection(seen, accident)
        codes = []
        if refused is not None:
            say(f"NOT NOW: {refused}")
            codes.append(Exit.BLOCKED)
        else:
            run.choose(args.choose)
            if play.claims and run.claim is None:
                say(_claim_wanted(play).what)
        with run.session(accident, read_only=True) as session:
            for review in session.survey(session.steps):
                headless.show(review)
                codes.append(Exit.PENDING if review.plan else Exit.OK)
        say("What comes after the first of these steps is planned anew when its turn comes.")
    return gravest(*codes)


def tell_locks(diagnosis: Diagnosis) -> None:
    """Say who else changes hosts just now; a plan is made all the same."""
    for lock in diagnosis.locks:
        say(lock.line)


def apply(args: argparse.Namespace, opened: Open, recovery: Recovery) -> Exit:
    """Carry a runbook out, step by step, each to its verification; then its report."""
    play = play_of(recovery, args.runbook)
    if play.claims and not args.dead:
        raise _claim_wanted(play)
    with opened() as build:
        run = _connected(build, recovery, play, args)
        before = run.look()
        if args.dead:
            _of_this_play(play, args.dead)
            run.claims(args.dead, args.fenced or "")
            before = run.look()
        refused = run.objection(before, run.tried())
        if refused is not None:
            raise refused
        run.choose(args.choose)
        accident = run.accident()
        say(f"-- {play.title}: {accident.store.folder}")
        return carry_out(run, accident, before, args.confirm)


def carry_out(
    run: Recovering,
    accident: Accident,
    before: Diagnosis,
    typed: Sequence[str],
    *,
    closes: bool = True,
    around: Callable[[Session], AbstractContextManager[object]] = nullcontext,
) -> Exit:
    """Carry all steps out and write the report. `closes` is whether the work ends with them,
    `around` what goes on at the same time.
    """
    code = Exit.FAILED
    try:
        with underway(run, accident, before) as session:
            with around(session):
                code = headless.apply(session, session.steps, typed)
            closed = code is Exit.OK and closes
            ended = conclude(run, accident, session, done=closed)
            if closed:
                say(text.left(ended.left))
            if ended.copy:
                say(f"-- {ended.copy}")
    finally:
        _tell_end(run, accident, well=code is Exit.OK)
    return code


def _tell_end(run: Recovering, accident: Accident, *, well: bool) -> None:
    """What is left: the report, and whether the watcher stays paused."""
    if accident.idle:
        say(NOTHING)
    else:
        say(f"-- report: {report_of(accident)}")
    if well:
        return
    paused = f"{PAUSED} " if watcher_paused(run.build.store) else ""
    say(f"{paused}The same command goes on; or look: {LOOK_AGAIN}")


def _connected(
    build: Session, recovery: Recovery, play: Play, args: argparse.Namespace
) -> Recovering:
    connect(build, args)
    return Recovering(build, recovery, play, emit=headless.tell)


def connect(build: Session, args: argparse.Namespace) -> None:
    """Make the hosts, lend the secrets of the command line, trust the keys that it names."""
    from wizard.hosts.access import accept_fingerprints
    from wizard.verbs import vault
    from wizard.verbs.secret_files import lend, refuse_unknown

    given = getattr(args, "secret", ())
    refuse_unknown(given, vault.keys(build))
    lend(build.secrets, given)
    build.connect()
    if args.accept_host_key:
        with suppress(WizardError):
            accept_fingerprints(build.hosts.values(), build.store, args.accept_host_key)


def _claim_wanted(play: Play) -> WizardError:
    what = f"{play.id} wants somebody's word that the silent server is without power"
    mend = (
        "pull its power cables, then: --dead FULL-NAME --fenced cables (or power, when its "
        "management card says that it is off; or removed)"
    )
    return WizardError(what, where=play.id, mend=mend, code=Exit.CONSENT)


def _of_this_play(play: Play, dead: str) -> None:
    """Raise WizardError where a runbook is given a claim that it has no use for."""
    if play.claims:
        return
    what = f"{play.id} takes nobody for dead"
    mend = f"leave --dead {dead} out"
    raise WizardError(what, mend=mend, code=Exit.USAGE)


def _alone(args: argparse.Namespace) -> None:
    """Raise WizardError where `wait` is given what only a runbook that acts takes."""
    given = [
        option
        for option in ("dead", "fenced", "choose", "confirm", "secret", "take_over")
        if getattr(args, option, None)
    ]
    if given:
        names = ", ".join(f"--{option.replace('_', '-')}" for option in given)
        mend = f"leave {names} out: `wait` only looks; or name a runbook"
        raise WizardError(f"wait takes no {names}", mend=mend, code=Exit.USAGE)


def wait(args: argparse.Namespace, opened: Open, recovery: Recovery) -> Exit:
    """Look again and again until nothing is the matter that may pass by itself, for ten minutes at
    most; changes nothing.

    The exit code is that of the last look.
    """
    _alone(args)
    play = Play(WAIT, "Wait", lambda case: ())
    with opened(read_only=True) as build:
        run = _connected(build, recovery, play, args)
        for diagnosis, left in looks(run):
            say(f"-- {text.in_short(diagnosis)}; {left} s left")
        say(text.waited(diagnosis, "the ways out: ganeti-wizard recover diagnose"))
    return diagnosis.exit


def thaw(args: argparse.Namespace, opened: Open, recovery: Recovery) -> Exit:
    """Let the watcher work again and give the hold back, whatever runbook they are from."""
    play = Play("thaw", "Let the watcher work again", recovery.thaw)
    with opened() as build:
        run = _connected(build, recovery, play, args)
        before = run.look()
        if not before.servers:
            raise Unreachable(
                "no server let the wizard look, so nothing was thawed: on servers that are paused "
                "or held that stays",
                where="thaw",
                mend="mend the way to one server at least, and give the same command again",
            )
        return carry_out(run, run.accident(), before, args.confirm)


def status(args: argparse.Namespace, opened: Open) -> Exit:
    """What runbooks were begun here, and how far they came; asks no machine."""
    with opened(read_only=True) as build:
        known = list(accidents(build.store))
    if not known:
        say("No runbook was begun here.")
    code = Exit.OK
    for accident in known:
        about = f" of {accident.case.subject}" if accident.case.subject else ""
        state = "ended" if accident.closed else "not at its end"
        say(f"{accident.case.accident}{about}: {state}")
        if not accident.closed:
            code = Exit.PENDING
            _tell_progress(accident)
    return code


def _tell_progress(accident: Accident) -> None:
    """How far each step came that was begun."""
    progress_of = accident.store.journal().progress()
    for name, progress in progress_of.items():
        state = "done" if progress.verified else "begun"
        said = f"; failed: {progress.failed}" if progress.failed else ""
        say(f"   {name:<12} {state}{said}")


def report(args: argparse.Namespace, opened: Open) -> Exit:
    """Print the report of an accident, the latest one unless another is named."""
    with opened(read_only=True) as build:
        known = list(accidents(build.store))
    wanted = [one for one in known if args.accident in (None, one.case.accident)]
    if not wanted:
        names = ", ".join(one.case.accident for one in known) or "none"
        raise WizardError("there is no such accident", mend=f"known: {names}", code=Exit.USAGE)
    say(accident_report.report(wanted[-1]), end="")
    return Exit.OK


def bundle(build: Session, recovery: Recovery, seen: Sequence[str]) -> Exit:
    """Keep the evidence of the servers that answer, in a folder of its own."""
    from wizard.daily.evidence import keep_evidence

    folder, errors = keep_evidence(build, recovery, seen, headless.tell)
    say(f"-- evidence: {folder}")
    for error in errors:
        complain(str(error))
    return gravest(Exit.OK, *(error.code for error in errors))
