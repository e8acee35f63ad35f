"""A look at one step for a front end: a step that is found done is noted as verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.model.flight import Progress
from wizard.model.review import Review, State
from wizard.model.step import Step
from wizard.run.session import Session


def look(session: Session, step: Step) -> Review:
    """Review a step. One found done that the journal does not claim yet is recorded; nothing is
    run.
    """
    return next(survey(session, [step]))


def survey(session: Session, steps: Sequence[Step]) -> Iterator[Review]:
    """Review several steps, with one exec per host for all of them."""
    for review in session.survey(steps):
        name, step_hosts = review.step.id, review.step.hosts(review.answers)
        if review.state is State.DONE and not session.progress.get(name, Progress()).verified:
            session.journal.add(
                "verified", step=name, hosts=list(step_hosts), digest=review.plan.digest
            )
        yield review
