"""A look at one step for a front end: a step that is found done is noted as verified."""

from __future__ import annotations

from wizard.journal import Progress
from wizard.review import Review, State
from wizard.session import Session
from wizard.step import Step


def look(session: Session, step: Step) -> Review:
    """Review a step. One found done that the journal does not claim yet is recorded; nothing is run."""
    review = session.review(step)
    if review.state is State.DONE and not session.progress.get(step.id, Progress()).verified:
        session.journal.add("verified", step=step.id, hosts=list(session.hosts), digest=review.plan.digest)
    return review
