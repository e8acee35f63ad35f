"""A step that is finished by following what an earlier run left counts as any other that is done,
whoever follows it: recorded, the login message gone, nothing left to ask of `status`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.run.toy import LONG
from tests.sim import SimHost
from wizard.base.exits import Exit
from wizard.base.secrets import Secret
from wizard.hosts.host import Host
from wizard.remote import login_message
from wizard.remote import unit as units
from wizard.run.outcome import End
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

FAREWELL = ("rm", "-f", login_message.PATH)


@pytest.fixture
def hosts() -> dict[str, SimHost]:
    """The wizard's own node is finished, the other one as soon as its unit has ended."""
    return {
        "node1": SimHost("node1", {"flag": "up"}, is_self=True),
        "node2": SimHost("node2", {"flag": "down"}),
    }


@pytest.fixture
def session(
    tmp_path: Path, hosts: dict[str, SimHost], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A build whose only step has a unit at work since an earlier run."""
    ended = threading.Event()

    def look(host: Host, unit: str) -> units.UnitState:
        return units.UnitState("ended", 0) if ended.is_set() else units.UnitState("running")

    def follow(host: Host, unit: str, sink: Callable[[str], None], leave: threading.Event) -> int:
        hosts["node2"].texts["flag"] = "up"
        ended.set()
        return 0

    monkeypatch.setattr(units, "look", look)
    monkeypatch.setattr(units, "follow", follow)
    monkeypatch.setattr(units, "forget", lambda host, unit: None)
    session = Session(Store(tmp_path), (LONG,), lambda *_: dict(hosts))
    session.open()
    session.decide(session.answers)
    session.journal.add(
        "start", step="long", host="node2", key="k", line="set-flag", kind_of="unit", unit="gw-0"
    )
    session.connect()
    yield session
    session.close()


def assert_finished(session: Session, hosts: dict[str, SimHost]) -> None:
    assert session.progress["long"].verified
    assert hosts["node1"].ran == [FAREWELL]
    assert not hosts["node2"].ran, "what was followed is not run again"
    assert headless.status(session) is Exit.OK


def test_by_apply(session: Session, hosts: dict[str, SimHost]) -> None:
    assert headless.apply(session, session.steps, ()) is Exit.OK
    assert_finished(session, hosts)


def test_by_a_front_end(session: Session, hosts: dict[str, SimHost]) -> None:
    review = session.review(LONG)
    assert review.flights and not session.progress["long"].verified
    session.secrets.put("typed", Secret("for a run that is over"))
    outcome = session.attach(review)
    assert outcome.end is End.DONE and session.reviews["long"] is outcome.review
    assert "typed" not in session.secrets
    assert_finished(session, hosts)
