"""The engine without a screen: plan, apply, verify and status as plain text, with exit codes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.stdio import say as say
from wizard.model.events import Ended, Event, Note, Output, Started, Unknown, Verified
from wizard.model.flight import Progress
from wizard.model.review import Review, State
from wizard.model.step import Step, on_nodes
from wizard.run.engine import End, Outcome
from wizard.run.session import Session

ROUNDS = 6
"""How often a step may ask for further commands before that counts as a failure."""


def tell(event: Event) -> None:
    """An Emit that prints: each line begins with its host."""
    match event:
        case Started(command=command, index=index, total=total):
            say(f"[{command.host}] {index}/{total} {command.shown}")
        case Output(command=command, text=text):
            for line in text.splitlines():
                say(f"[{command.host}]   {line}")
        case Ended(command=command, rc=rc, ok=ok, seconds=seconds):
            say(
                f"[{command.host}] {'ok' if ok else f'FAILED with exit code {rc}'} after "
                f"{seconds:.1f} s"
            )
        case Unknown(command=command, reason=reason):
            say(f"[{command.host}] UNKNOWN: {command.shown}: {reason}")
        case Note(host=host, text=text):
            say(f"[{host or 'all'}] {text}")
        case Verified(step=step, problems=problems):
            say(f"{step}: {'verified' if not problems else 'NOT right yet'}")
        case _:
            pass


def show(review: Review) -> None:
    """A review as text: state, blockers, commands, problems."""
    say(
        f"== {review.step.id}: {review.step.title}: {review.state.value}, "
        f"{len(review.plan)} commands"
    )
    for finding in review.blockers:
        say(f"   blocked: {finding}")
    for command in review.plan.commands:
        say(f"   [{command.host}] ({command.danger.value}) {command.shown}")
        say(f"        why: {command.why}")
    if not review.blockers:
        for finding in review.problems:
            say(f"   wrong: {finding}")


def _exit_of(review: Review) -> Exit:
    for error in review.facts.missing.values():
        return error.code
    codes = {
        State.DONE: Exit.OK,
        State.BLOCKED: Exit.BLOCKED,
        State.READY: Exit.PENDING,
        State.WRONG: Exit.PENDING,
    }
    return codes.get(review.state, Exit.PENDING)


def plan(session: Session, steps: Iterable[Step]) -> Exit:
    """Look and show; Exit.OK only when nothing is to be done and nothing is wrong."""
    worst = Exit.OK
    total = 0
    for step in steps:
        code = _early(session, step)
        if code is not Exit.OK:
            worst = worst or code
            continue
        review = session.review(step)
        show(review)
        total += len(review.plan)
        worst = worst or _exit_of(review)
    say(f"{total} commands planned")
    return worst


def verify(session: Session, steps: Iterable[Step]) -> Exit:
    """Look and say what is wrong, also where a plan would mend it."""
    servers = set(on_nodes(session.answers))
    steps = list(steps)
    first = [step for step in steps if servers.issuperset(step.hosts(session.answers))]
    worst = _verify(session, first)
    rest = [step for step in steps if step not in first]
    early = {step.id: _early(session, step) for step in rest}
    worst = worst or _verify(session, [step for step in rest if early[step.id] is Exit.OK])
    return worst or next((code for code in early.values() if code is not Exit.OK), Exit.OK)


def _early(session: Session, step: Step) -> Exit:
    """Whether it is too early for a step, by a look at what it needs; says so, and once which host
    is away.
    """
    code = Exit.PENDING
    for one in session.too_early(step):
        told = one.id in session.reviews
        review = session.review(one)
        if review.facts.missing:
            code = _exit_of(review)
            if not told:
                show(review)
            break
    lacking = session.too_early(step)
    if not lacking:
        return Exit.OK
    say(
        f"== {step.id}: {step.title}: too early; needs first: "
        f"{', '.join(one.id for one in lacking)}"
    )
    return code


def _verify(session: Session, steps: list[Step]) -> Exit:
    worst = Exit.OK
    for review in session.survey(steps):
        step = review.step
        problems = review.blockers or review.problems
        if not problems and review.plan and not review.facts.missing:
            problems = tuple(step.verify(review.answers, review.facts))
        verdict = "ok" if review.state is State.DONE else review.state.value
        say(f"{step.id:<12} {verdict}")
        for finding in problems:
            say(f"   {finding}")
        worst = worst or _exit_of(review)
    return worst


def apply(session: Session, steps: Iterable[Step], typed: Iterable[str]) -> Exit:
    """Carry out steps in order, each to its verification; stops at the first that does not get
    there.

    `typed` is all that agrees to destruction: what an earlier run saved does not.
    """
    words = set(typed)
    steps = list(steps)
    claimed = [step for step in steps if session.progress.get(step.id, Progress()).verified]
    seen = {review.step.id for review in session.survey(claimed) if review.state is State.DONE}
    for step in steps:
        if step.id in seen:
            say(f"-- {step.id}: done before, and still so")
            continue
        begun = time.monotonic()
        code = _apply_one(session, step, words)
        say(
            f"-- {step.id}: {'done' if code is Exit.OK else code.name} in "
            f"{time.monotonic() - begun:.0f} s"
        )
        if code is not Exit.OK:
            return code
    return Exit.OK


def _ready(session: Session, step: Step) -> Exit:
    """Whether all that a step needs is done, by a look at what is not known to be; says what is in
    the way.
    """
    for one in session.unmet(step):
        review = session.review(one)
        if review.facts.missing:
            show(review)
            return _exit_of(review)
    lacking = session.unmet(step)
    if lacking:
        say(f"{step.id} needs first: {', '.join(one.id for one in lacking)}")
    return Exit.BLOCKED if lacking else Exit.OK


def _apply_one(session: Session, step: Step, words: set[str]) -> Exit:
    code = _ready(session, step)
    if code is not Exit.OK:
        return code
    review = session.review(step)
    for _ in range(ROUNDS):
        if review.flights:
            review = session.engine.reattach(review)
            continue
        show(review)
        if review.facts.missing or review.blockers:
            return _exit_of(review)
        if review.state is State.DONE:
            session.engine.conclude(review)
            return Exit.OK
        outcome = session.engine.apply(review, words)
        review = session.keep(outcome.review)
        if outcome.end is End.CONSENT:
            raise _unconfirmed(review, words)
        if outcome.end is End.SECRET:
            raise _untold(session, review)
        if outcome.end is End.DONE:
            return Exit.OK
        if outcome.end not in (End.MORE, End.STALE):
            return _failed(outcome)
        if outcome.end is End.STALE:
            say(f"{step.id}: the hosts changed since the plan was made; planning anew")
    say(f"{step.id}: still not done after {ROUNDS} rounds")
    return Exit.FAILED


def _failed(outcome: Outcome) -> Exit:
    show(outcome.review)
    if outcome.lost is not None:
        return outcome.lost.code
    return Exit.FAILED if outcome.end is End.FAILED else _exit_of(outcome.review) or Exit.FAILED


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


def status(session: Session) -> Exit:
    """Where the build stands by the journal alone: contacts no host."""
    if not session.resumable:
        say(f"No build was begun in {session.store.folder}.")
        return Exit.PENDING
    progress = session.progress
    claims = {step.id: progress.get(step.id, Progress()) for step in session.steps}
    names = list(
        dict.fromkeys(name for step in session.steps for name in step.hosts(session.answers))
    )
    say(f"Build in {session.store.folder}; by the journal, the hosts were not asked now.")
    rows = [["step", "state", *names]]
    rows += [
        [name, _claim(one), *(one.hosts.get(host, "-") for host in names)]
        for name, one in claims.items()
    ]
    for line in _columns(rows):
        say(line)
    if session.journal.torn:
        say(
            "The last record was torn by a power loss or a kill and was dropped; the hosts "
            "will be looked at."
        )
    if all(claim.verified for claim in claims.values()):
        return Exit.OK
    say(f"Go on with: {session.resume_command}")
    return Exit.PENDING


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as text, each column as wide as its longest word and two blanks."""
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        yield "".join(f"{word:<{width}}" for word, width in zip(row, widths, strict=True)).rstrip()


def _claim(claim: Progress) -> str:
    if claim.flights:
        return "in flight, outcome unknown"
    if claim.failed or any(said in ("failed", "unknown") for said in claim.hosts.values()):
        return "failed or unfinished"
    if claim.verified:
        return f"verified {claim.verified[:16]}"
    return "begun" if claim.hosts else "not begun"
