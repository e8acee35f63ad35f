"""`apply`: carry steps out one after the other, each to its verification."""

from __future__ import annotations

import time
from collections.abc import Iterable

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.stdio import say
from wizard.model.flight import Progress
from wizard.model.review import Review, State
from wizard.model.step import Step
from wizard.run.outcome import End, Outcome
from wizard.run.session import Session
from wizard.verbs.look import exit_of
from wizard.verbs.tell import show

ROUNDS = 6
"""How often a step may ask for further commands before that counts as a failure."""


def apply(session: Session, steps: Iterable[Step], typed: Iterable[str]) -> Exit:
    """Carry out steps in order; stops at the first that does not get to its verification.

    `typed` is all that agrees to destruction: what an earlier run saved does not.
    """
    words = set(typed)
    steps = list(steps)
    _catch_up(session, steps)
    seen = _seen_done(session, steps)
    for step in steps:
        if step.id in seen:
            say(f"-- {step.id}: done before, and still so")
            continue
        begun = time.monotonic()
        code = _ready(session, step)
        if code is Exit.OK:
            code = _carry_out(session, step, words)
            if not session.whole:
                # Daily work may undo what was seen before it: a stop locks a volume again.
                seen = set()
        said = "done" if code is Exit.OK else code.name
        say(f"-- {step.id}: {said} in {time.monotonic() - begun:.0f} s")
        if code is not Exit.OK:
            return code
    return Exit.OK


def _catch_up(session: Session, steps: list[Step]) -> None:
    """Follow what an earlier run left at work: a host that reboots hides all other steps."""
    for step in session.in_flight:
        if step not in steps:
            continue
        review = session.review(step)
        if review.flights:
            say(f"-- {step.id}: a command from before is still at work, following it")
            session.attach(review)


def _seen_done(session: Session, steps: list[Step]) -> set[str]:
    """Of the steps that the journal claims, those that are still done, by one look at all."""
    progress = session.progress
    claimed = [step for step in steps if progress.get(step.id, Progress()).verified]
    return {review.step.id for review in session.survey(claimed) if review.state is State.DONE}


def _ready(session: Session, step: Step) -> Exit:
    """Whether all that a step needs is done, by a look at what is not known to be; says what is in
    the way.
    """
    for needed in session.unmet(step):
        review = session.review(needed)
        if review.unseen:
            show(review)
            return exit_of(review)
    lacking = session.unmet(step)
    if lacking:
        say(f"{step.id} needs first: {', '.join(needed.id for needed in lacking)}")
    return Exit.BLOCKED if lacking else Exit.OK


def _carry_out(session: Session, step: Step, words: set[str]) -> Exit:
    """One step, round by round: what it asks for is run until the hosts show that it is done."""
    review = session.review(step)
    for _ in range(ROUNDS):
        if review.flights:
            outcome = session.attach(review)
        else:
            show(review)
            if review.state is State.DONE:
                return Exit.OK
            if not review.plan:
                return exit_of(review)
            outcome = session.run(review, words)
        code = _judged(session, outcome, words)
        if code is not None:
            return code
        review = outcome.review
    say(f"{step.id}: still not done after {ROUNDS} rounds")
    return Exit.FAILED


def _judged(session: Session, outcome: Outcome, words: set[str]) -> Exit | None:
    """The step's exit code; None where it goes on with what the hosts show now.

    Raises WizardError when something was not given that the plan wants.
    """
    review = outcome.review
    if outcome.end is End.DONE:
        return Exit.OK
    if outcome.end is End.CONSENT:
        raise _unconfirmed(review, words)
    if outcome.end is End.SECRET:
        raise _untold(session, review)
    if outcome.end is End.STALE:
        say(f"{review.step.id}: the hosts changed since the plan was made; planning anew")
        return None
    if outcome.end is End.MORE and outcome.lost is None:
        return None
    if outcome.end is End.UNCHANGED:
        return _unchanged(review)
    show(review)
    if outcome.lost is not None:
        return outcome.lost.code
    if outcome.end is End.FAILED:
        return Exit.FAILED
    return exit_of(review)


def _unchanged(review: Review) -> Exit:
    """What ran well and changed nothing would not do so the next time: a person has to look."""
    say(f"{review.step.id}: all ran well, and the hosts ask for the same commands again:")
    for command in review.plan.commands:
        say(f"   [{command.host}] {command.shown}")
    for finding in review.wrong():
        say(f"   wrong: {finding}")
    return Exit.FAILED


def _unconfirmed(review: Review, words: set[str]) -> WizardError:
    missing = [word for word in review.plan.confirmations if word not in words]
    return WizardError(
        f"this destroys data and lacks the confirmation of: {', '.join(missing)}",
        where=review.step.id,
        mend="give --confirm WORD, or --answers FILE with the disks in partition.erase",
        code=Exit.CONSENT,
    )


def _untold(session: Session, review: Review) -> WizardError:
    unknown = session.lacking(review)
    labels = "; ".join(f"{prompt.label} ({prompt.key})" for prompt in unknown)
    options = " ".join(f"--secret {prompt.key}=FILE" for prompt in unknown)
    return WizardError(
        f"this reads secrets that were not given: {labels}",
        where=review.step.id,
        mend=(
            f"give {options}, files of mode 600 with one line; or run it on a terminal, which asks"
        ),
        code=Exit.CONSENT,
    )
