"""Whoever looks is told who else changes the hosts; nothing is refused by it, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screens.line.step import LineStep
from tests.locked import LOOK, RECORD, SEEN, TOKEN, WORDS
from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.exits import Exit
from wizard.model.facts import Facts
from wizard.run.others import others, told
from wizard.run.session import Session
from wizard.state.owner import NAME, known_token, owner_of
from wizard.state.store import Store
from wizard.verbs import headless


@pytest.fixture
def hosts() -> dict[str, SimHost]:
    """Both have the flag down; somebody else holds node1."""
    made = {name: SimHost(name, {"flag": "down"}) for name in ("node1", "node2")}
    made["node1"].texts[LOOK] = SEEN
    return made


@pytest.fixture
def session(tmp_path: Path, hosts: dict[str, SimHost]) -> Iterator[Session]:
    Store(tmp_path).save(Answers())
    session = Session(Store(tmp_path), (TOY,), lambda *_: dict(hosts))
    session.open(read_only=True)
    session.connect()
    yield session
    session.close()


def test_a_plan_says_it_once_and_plans(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert headless.plan(session, [TOY, TOY]) is Exit.PENDING
    said = capsys.readouterr().out
    assert said.count(f"[node1] locked: {WORDS}\n") == 1
    assert said.count("locked") == 1
    assert "commands planned" in said
    assert not (tmp_path / NAME).exists()


def test_who_gives_it_back_is_told_of_no_more(
    session: Session, hosts: dict[str, SimHost], capsys: pytest.CaptureFixture[str]
) -> None:
    session.review(TOY)
    assert [holder.who for holder in session.locked.values()] == ["bob@laptop"]
    hosts["node1"].texts[LOOK] = ""
    session.review(TOY)
    assert session.locked == {}


def test_it_stands_above_the_plan_line_by_line(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    class Leaves:
        def pick(self, *_: object) -> str:
            return "quit"

    class Left(Exception):
        pass

    step = LineStep(session, Leaves(), TOY)  # type: ignore[arg-type]
    review = session.review(TOY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("screens.line.step.Leave", Left)
        with pytest.raises(Left):
            step._round(review)
    said = " ".join(capsys.readouterr().out.split())
    assert said.index(f"node1 is locked: {WORDS}") < said.index("[node1]")


def facts(token: str, age: int = 60) -> Facts:
    text = f"held {token} {age} 7200 -\n{token}\n{RECORD}\n"
    return Facts({"node1": {LOOK: text}, "node2": {}, "inst1": {LOOK: "?"}})


def test_ones_own_lock_is_nobody_elses(tmp_path: Path) -> None:
    assert known_token(tmp_path) == ""
    own = owner_of(tmp_path).token
    assert known_token(tmp_path) == own
    assert others(facts(own), tmp_path) == {}
    (known,) = others(facts(TOKEN), tmp_path)
    assert known == "node1"


def test_of_who_was_not_heard_of_for_long_it_is_said_what_keeps_his_lock(tmp_path: Path) -> None:
    ((host, words),) = told(others(facts(TOKEN, age=3600), tmp_path))
    assert host == "node1"
    assert "last heard of 60 min ago" in words
    assert words.endswith("it is free by now, unless a command of it still runs there")
