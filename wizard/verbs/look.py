"""`plan` and `verify`: look at the hosts, say what would run or what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from wizard.base.exits import Exit, gravest
from wizard.base.stdio import say
from wizard.model.review import Review, State
from wizard.model.step import THIS_STEP, Finding, Step
from wizard.run.needs import on_servers
from wizard.run.others import reported
from wizard.run.session import Session
from wizard.verbs.tell import show

CODES = {
    State.DONE: Exit.OK,
    State.BLOCKED: Exit.BLOCKED,
    State.READY: Exit.PENDING,
    State.WRONG: Exit.PENDING,
    State.RUNNING: Exit.PENDING,
}


def exit_of(review: Review) -> Exit:
    """What a look amounts to: the gravest error of a host that was not seen, else by its state."""
    if review.unseen:
        return gravest(*(error.code for error in review.unseen.values()))
    return CODES[review.state]


def plan(session: Session, steps: Iterable[Step], *, verbose: bool = True) -> Exit:
    """Look and show; Exit.OK only when nothing is to be done and nothing is wrong.

    `verbose`: a file's change is shown to its end, however long it is.
    """
    codes: list[Exit] = []
    total = 0
    known: set[str] = set()
    for stretch in _stretches(session, steps, codes):
        for review in session.survey(stretch):
            _tell_locks(session, known)
            show(review, whole=verbose)
            total += len(review.plan)
            codes.append(exit_of(review))
    say(f"{total} commands planned")
    return gravest(*codes)


def _tell_locks(session: Session, known: set[str]) -> None:
    """Say who else changes hosts just now, once of each; a plan is made all the same."""
    for lock in reported(session.locked, time.time()):
        if lock.host not in known:
            known.add(lock.host)
            say(lock.line)


def _stretches(session: Session, steps: Iterable[Step], codes: list[Exit]) -> Iterator[list[Step]]:
    """The steps in their order, as many together as can be looked at in one exec a host.

    Whether it is too early for a step in a guest is seen on the servers, so a stretch ends before
    it unless the journal says that they are far enough. Of a step for which it is too early the
    code is added to `codes`, and nothing is looked at.
    """
    stretch: list[Step] = []
    for step in steps:
        if stretch and session.too_early(step):
            yield stretch
            stretch = []
        early = _early(session, step)
        if early is Exit.OK:
            stretch.append(step)
        else:
            codes.append(early)
    yield stretch


def verify(session: Session, steps: Iterable[Step], *, verbose: bool = True) -> Exit:
    """Look and say what is wrong, also where a plan would mend it.

    Of a step that was not begun, what it will do by itself is only counted, unless `verbose`.
    What concerns servers alone is looked at first and at one go: it shows whether guests are there.
    """
    servers: list[Step] = []
    guests: list[Step] = []
    for step in steps:
        (servers if on_servers(step, session.answers) else guests).append(step)
    codes = [_verify(session, servers, verbose)]
    ready = []
    for step in guests:
        early = _early(session, step)
        codes.append(early)
        if early is Exit.OK:
            ready.append(step)
    codes.append(_verify(session, ready, verbose))
    return gravest(*codes)


def _verify(session: Session, steps: list[Step], verbose: bool) -> Exit:
    codes = []
    begun = session.progress
    for review in session.survey(steps):
        verdict = "ok" if review.state is State.DONE else review.state.value
        findings = review.wrong()
        if not verbose and review.step.id not in begun:
            own = [finding for finding in findings if _is_own_work(finding)]
            findings = tuple(finding for finding in findings if finding not in own)
            verdict += f", not begun ({len(own)} lacking: -v lists all)" if own else ""
        say(f"{review.step.id:<12} {verdict}")
        for finding in findings:
            say(f"   {finding}")
        codes.append(exit_of(review))
    return gravest(*codes)


def _is_own_work(finding: Finding) -> bool:
    """Whether a step mends this by itself, with nothing left to a person."""
    return finding.step == THIS_STEP and not finding.mend


def _early(session: Session, step: Step) -> Exit:
    """Whether it is too early for a step, by a look at what it needs; says so, and once which host
    is away.
    """
    code = Exit.PENDING
    for needed in session.too_early(step):
        known = needed.id in session.reviews
        review = session.review(needed)
        if review.unseen:
            code = exit_of(review)
            if not known:
                show(review)
            break
    lacking = session.too_early(step)
    if not lacking:
        return Exit.OK
    names = ", ".join(needed.id for needed in lacking)
    say(f"== {step.id}: {step.title}: too early; needs first: {names}")
    return code
