"""The whole build over played machines: every step is to do, runs, and is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps import BUILD
from tests.play.opened import Beginning, at, opened, showing
from tests.play.recordings import STAGES
from wizard.base.secrets import Secret
from wizard.model.review import State
from wizard.run.outcome import End
from wizard.run.session import Session

pytestmark = pytest.mark.slow


def run(session: Session, name: str) -> list[End]:
    """Agree to everything that a step plans until it plans nothing more; how each run ended."""
    step = session.engine.step(name)
    ends = []
    review = session.review(step)
    while review.state is State.READY:
        for prompt in review.plan.prompts:
            session.secrets.put(prompt.key, Secret("correct horse battery staple"))
        outcome = session.run(review, review.plan.confirmations)
        ends.append(outcome.end)
        review = outcome.review
        assert len(ends) <= len(STAGES[name]), f"{name} leads nowhere: {review.plan.commands[0]}"
    assert review.state is State.DONE, (name, review.state, review.blockers, review.problems)
    return ends


def rounds(name: str) -> list[End]:
    """How the runs of a step end, by the number of recorded stages."""
    runs = len(STAGES[name]) - 1
    return [End.MORE] * (runs - 1) + [End.DONE]


def test_every_step_of_the_build_can_be_played() -> None:
    assert list(STAGES) == list(BUILD), "tests/play/recordings.py: the cases before and after it"


def test_the_build_from_end_to_end(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, Beginning())
    session.connect()
    for name in BUILD:
        assert run(session, name) == ([] if name == "bacula" else rounds(name)), name
    states = [review.state for review in session.survey(session.steps)]
    assert states == [State.DONE] * len(BUILD)
    session.close()


def test_the_end_of_the_build_with_bacula(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, at("backup", central=True))
    session.connect()
    for name in ("backup", "bacula", "restoretest", "configbackup"):
        assert run(session, name) == ([] if name == "backup" else rounds(name)), name
    session.close()


@pytest.mark.parametrize("name", BUILD)
def test_it_begins_at_any_step(name: str, tmp_path: Path) -> None:
    session, _ = opened(tmp_path, at(name, central=name == "bacula"))
    session.connect()
    before = session.steps[: list(BUILD).index(name)]
    assert all(review.state is State.DONE for review in session.survey(before))
    assert session.review(session.engine.step(name)).state is State.READY
    session.close()


def test_any_case_can_be_shown_and_is_left_by_running_its_plan(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, showing("raid/foreign-signature-typed"))
    session.connect()
    review = session.review(session.engine.step("raid"))
    assert review.plan.confirmations == ("GWN2D1",)
    assert run(session, "raid") == [End.DONE]
    session.close()
