"""A step inside a guest is not looked at before the servers are far enough for the guest to be
there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.base.exits import Exit
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

GUEST = replace(TOY, id="inside", needs=("toy",), hosts=lambda answers: ["inst1"])
DEEPER = replace(GUEST, id="deeper", needs=("inside",))


@pytest.fixture
def hosts() -> dict[str, SimHost]:
    away = Unreachable("nobody is there", where="inst1")
    return {
        **{name: SimHost(name, {"flag": "down"}) for name in ("node1", "node2")},
        "inst1": SimHost("inst1", {"flag": "up"}, down=away),
    }


@pytest.fixture
def session(tmp_path: Path, hosts: dict[str, SimHost]) -> Iterator[Session]:
    session = Session(Store(tmp_path), (TOY, GUEST, DEEPER), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.connect()
    yield session
    session.close()


def test_a_guest_waits_for_the_servers(session: Session, hosts: dict[str, SimHost]) -> None:
    assert [one.id for one in session.too_early(DEEPER)] == ["toy"] and not session.too_early(TOY)
    for name in ("node1", "node2"):
        hosts[name].texts["flag"] = "up"
    session.review(TOY)
    assert not session.too_early(GUEST) and not session.too_early(DEEPER)


@pytest.mark.parametrize("verb", [headless.plan, headless.verify])
def test_a_plan_of_everything_contacts_no_guest_too_early(
    verb: object, session: Session, hosts: dict[str, SimHost], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb(session, session.steps) is Exit.PENDING  # type: ignore[operator]
    told = capsys.readouterr().out
    assert (
        "inside: Raise flags: too early; needs first: toy" in told and "nobody is there" not in told
    )
    for name in ("node1", "node2"):
        hosts[name].texts["flag"] = "up"
    hosts["inst1"].down = None
    assert verb(session, session.steps) is Exit.OK  # type: ignore[operator]


def test_what_was_once_done_is_ground_enough_while_a_server_is_away(
    session: Session, hosts: dict[str, SimHost]
) -> None:
    for name in ("node1", "node2"):
        hosts[name].texts["flag"] = "up"
    session.review(TOY)
    hosts["node1"].down = Unreachable("no answer", where="node1")
    session.review(TOY)
    assert not session.too_early(GUEST)
