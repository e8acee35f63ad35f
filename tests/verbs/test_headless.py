"""Steps without a screen: what a host that is away means for a step that needs another, and how the
status reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from screens.shared.step_texts import about
from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.base.exits import Exit
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Danger, Finding
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

NEXT = replace(TOY, id="restoretest", needs=("toy",))


RISKY = Command(
    "node1",
    ("rm", "-r", "/old"),
    why="nobody reads it",
    danger=Danger.DESTROY,
    risk="what only it has is gone",
    confirm="node1",
)


GUEST = replace(TOY, id="inside", needs=("toy",), hosts=lambda answers: ["inst1"])


def begin(folder: Path, *, away: str = "", flag: str = "down") -> Session:
    """A session on node1 and node2, one of them perhaps away."""
    error = Unreachable("nobody is there", where=away, mend="switch it on")
    hosts = {
        name: SimHost(name, {"flag": flag}, down=error if name == away else None)
        for name in ("node1", "node2")
    }
    session = Session(Store(folder), (TOY, NEXT, GUEST), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.connect()
    return session


def test_a_host_that_is_away_is_named_where_a_needed_step_was_not_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = begin(tmp_path, away="node2", flag="up")
    assert headless.apply(session, [NEXT], ()) is Exit.UNREACHABLE
    told = capsys.readouterr().out
    assert (
        "node2: nobody is there. To mend it: switch it on" in told
        and "-- restoretest: UNREACHABLE" in told
    )
    assert "needs first" not in told
    session.close()


def test_a_needed_step_that_is_to_do_still_blocks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = begin(tmp_path)
    assert headless.apply(session, [NEXT], ()) is Exit.BLOCKED
    assert "restoretest needs first: toy" in capsys.readouterr().out
    session.close()


@pytest.mark.parametrize("verb", [headless.plan, headless.verify])
def test_a_server_that_is_away_is_named_where_a_guest_is_asked_for(
    verb: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = begin(tmp_path, away="node2", flag="up")
    assert verb(session, [GUEST]) is Exit.UNREACHABLE  # type: ignore[operator]
    told = capsys.readouterr().out
    assert "node2: nobody is there. To mend it: switch it on" in told and "needs first: toy" in told
    assert verb(session, [TOY, GUEST, GUEST]) is Exit.UNREACHABLE  # type: ignore[operator]
    assert capsys.readouterr().out.count("nobody is there") == 1
    session.close()


def test_the_columns_of_the_status_stand_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = begin(tmp_path)
    session.journal.add("verified", step="toy", hosts=["node1", "node2"])
    session.journal.add(
        "start", step="restoretest", host="node1", key="a", line="x", kind_of="exec", unit=""
    )
    assert headless.status(session) is Exit.PENDING
    _, head, toy, rest, inside, _ = capsys.readouterr().out.splitlines()
    assert head.split() == ["step", "state", "node1", "node2", "inst1"]
    assert [row[head.index("node1") :].split() for row in (toy, rest, inside)] == [
        ["done", "done", "-"],
        ["running", "-", "-"],
        ["-", "-", "-"],
    ]
    at = head.index("state")
    assert rest[:at].strip() == "restoretest" and rest[at:].startswith(
        "in flight, outcome unknown  "
    )
    session.close()


def test_of_a_step_that_was_not_begun_verify_says_a_line_and_all_with_v(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = begin(tmp_path)
    many = replace(TOY, verify=_fifty)
    assert headless.verify(session, [many], verbose=False) is Exit.PENDING
    first, second = capsys.readouterr().out.splitlines()
    assert " ".join(first.split()) == "toy to do, not begun (50 lacking: -v lists all)"
    assert second == "   node2: a foreign thing. To mend it: take it away; then run this step again"
    assert headless.verify(session, [many], verbose=True) is Exit.PENDING
    assert len(capsys.readouterr().out.splitlines()) == 52
    # Begun before, all of it may be a fault.
    session.journal.add("verified", step="toy", hosts=["node1", "node2"])
    assert headless.verify(session, [many], verbose=False) is Exit.PENDING
    assert len(capsys.readouterr().out.splitlines()) == 52
    session.close()


def _fifty(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for number in range(50):
        yield Finding("node1", f"thing {number} is missing", step=THIS_STEP)
    yield Finding("node2", "a foreign thing", "take it away", step=THIS_STEP)


def test_what_a_command_puts_at_risk_is_said_as_on_the_screens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = begin(tmp_path)
    step = replace(TOY, plan=lambda answers, facts: [RISKY])
    headless.show(next(session.survey([step])))
    session.close()
    told = [line.strip() for line in capsys.readouterr().out.splitlines()]
    danger = "destroys data: what only it has is gone"
    assert f"danger: {danger}" in told
    assert f"danger  {danger}" in about(RISKY).splitlines()
