"""`undo STEP`: run what undoes a step's commands, the last one first."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.stdio import say
from wizard.hosts.access import same_machines
from wizard.model.facts import Facts
from wizard.model.flight import Claim, Progress
from wizard.model.step import Command, Step
from wizard.model.way_back import WayBack, undoing_of, way_back
from wizard.run.needs import below
from wizard.run.outcome import End, Outcome
from wizard.run.session import Session
from wizard.verbs.look import exit_of
from wizard.verbs.tell import show, tell


def undo(session: Session, step: Step, typed: Iterable[str]) -> Exit:
    """Undo a step of the build, if all that it left can be undone and no later step builds upon it.

    It runs when the step's name is among what was `typed`; what it did is told by the journal.
    Raises WizardError when it is refused, before anything is run.
    """
    session.emit = tell
    _refuse_beneath_others(session, step)
    for error in same_machines(session.servers).values():
        raise error
    # What is seen done now is to be undone: nothing of it is recorded.
    session.engine.noting = False
    review = session.review(step)
    if review.flights or review.unseen:
        show(review)
        return exit_of(review)
    left = way_back(step.id, session.journal.records)
    if not left:
        say(f"{step.id}: by the journal nothing was run that is to be undone")
        # Seen done without a command, it would stand in the way of those below for ever.
        session.journal.add("undone", step=step.id)
        return Exit.OK
    _refuse_what_lasts(step, left)
    _show(step, left.commands)
    if step.id not in typed:
        raise WizardError(
            "this is not undone without your word",
            where=step.id,
            mend=f"ganeti-wizard undo {step.id} --confirm {step.id}",
            code=Exit.CONSENT,
        )
    return _carry_out(session, step)


def _refuse_beneath_others(session: Session, step: Step) -> None:
    progress = session.progress
    above = []
    for later in session.steps:
        begun = progress.get(later.id, Progress()).claim is not Claim.NOT_BEGUN
        if begun and step in below(session.steps, later):
            above.append(later.id)
    if above:
        raise WizardError(
            f"steps that build upon it were begun: {', '.join(above)}",
            where=step.id,
            mend=f"undo those first, the last one first: ganeti-wizard undo {above[-1]}",
            code=Exit.BLOCKED,
        )


def _refuse_what_lasts(step: Step, left: WayBack) -> None:
    if not left.lasting and not left.untold:
        return
    for line in left.lasting:
        say(f"   {line}")
    for line in left.untold:
        say(f"   {line}: run by an earlier version, which kept nothing to go back to")
    raise WizardError(
        "not all of it can be undone by commands; nothing was run",
        where=step.id,
        mend="undo by hand what is named above, as far as that is possible",
        code=Exit.BLOCKED,
    )


def _show(step: Step, commands: Iterable[Command]) -> None:
    """The exact commands, with their danger."""
    say(f"== undo {step.id}: {step.title}")
    for command in commands:
        say(f"   [{command.host}] ({command.danger.value}) {command.shown}")
        say(f"        why: {command.why}")
        say("        runs:")
        for line in command.line.splitlines():
            say(f"        | {line}")


def _undoing(session: Session, step: Step) -> Step:
    """The undoing as a step of its own: what is left to undo is its plan."""

    def plan(answers: Answers, facts: Facts) -> tuple[Command, ...]:
        return way_back(step.id, session.journal.records).commands

    def hosts(answers: Answers) -> tuple[str, ...]:
        left = way_back(step.id, session.journal.records).commands
        return tuple(dict.fromkeys(command.host for command in left))

    return Step(
        id=undoing_of(step.id),
        title=f"undo {step.title}",
        reason="what a step did is undone",
        then="",
        now="",
        plan=plan,
        verify=lambda answers, facts: (),
        hosts=hosts,
    )


def _carry_out(session: Session, step: Step) -> Exit:
    outcome = session.run(session.review(_undoing(session, step)))
    if outcome.end is not End.DONE:
        return _failed(step, outcome)
    session.journal.add("undone", step=step.id)
    review = session.review(step)
    say(f"-- {step.id}: undone; the hosts show: {review.state.value}")
    return Exit.OK


def _failed(step: Step, outcome: Outcome) -> Exit:
    say(f"-- {step.id}: not undone as a whole; the same command goes on from there")
    if outcome.lost is not None:
        return outcome.lost.code
    return exit_of(outcome.review) if outcome.review.unseen else Exit.FAILED
