"""What a step needs and no look got to, since a host rebooted, is looked at with the step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.run.session import Session
from wizard.state.store import Store

NEXT = replace(TOY, id="next", needs=("toy",))


@pytest.mark.parametrize(("flag", "lacking"), [("up", ()), ("down", ("toy",))])
def test_a_host_that_is_back_is_asked_anew(
    tmp_path: Path, flag: str, lacking: tuple[str, ...]
) -> None:
    away = Unreachable("it reboots", where="node1")
    hosts = {name: SimHost(name, {"flag": flag}, down=away) for name in ("node1", "node2")}
    session = Session(Store(tmp_path), (TOY, NEXT), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.connect()
    session.review(TOY)
    session.review(NEXT)
    assert session.unmet(NEXT) == (TOY,)
    for host in hosts.values():
        host.down = None
    review = session.review(NEXT)
    assert review.step.id == "next"
    assert tuple(step.id for step in session.unmet(NEXT)) == lacking
    session.close()
