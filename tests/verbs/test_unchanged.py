"""`apply` gives no plan a second time that ran well and changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import Answer, SimHost
from wizard.answers import Answers
from wizard.base.exits import Exit
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless


def begin(
    folder: Path, on_run: Callable[[SimHost, tuple[str, ...], bytes | None], Answer | None] | None
) -> tuple[Session, dict[str, SimHost]]:
    hosts = {name: SimHost(name, {"flag": "down"}, on_run) for name in ("node1", "node2")}
    session = Session(Store(folder), (TOY,), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.connect()
    return session, hosts


def test_it_stops_and_says_what_did_not_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session, hosts = begin(tmp_path, None)
    assert headless.apply(session, [TOY], ()) is Exit.FAILED
    assert hosts["node1"].ran == hosts["node2"].ran == [("set-flag", "up")]
    told = capsys.readouterr().out
    assert "ran well, and the hosts ask for the same commands again" in told
    assert "node2: the flag is down" in told
    session.close()


def test_a_plan_that_shrinks_goes_on(tmp_path: Path) -> None:
    def one_after_the_other(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        if host.name == "node1" or len(host.ran) == 2:
            host.texts["flag"] = "up"

    session, hosts = begin(tmp_path, one_after_the_other)
    assert headless.apply(session, [TOY], ()) is Exit.OK
    assert len(hosts["node1"].ran) == 1 and len(hosts["node2"].ran) == 2
    session.close()
