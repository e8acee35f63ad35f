"""The same line by line: only who types whose lock it is takes it over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from screens.line import carry_out
from tests.locked import Locked
from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.model.review import State
from wizard.run.session import Session
from wizard.state.store import Store


class Typist:
    """Agrees to everything, and types these words."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)

    def yes(self, prompt: str) -> bool:
        return True

    def text(self, prompt: str, *rest: Any) -> str:
        assert prompt == "Type bob@laptop to take it over"
        return self.words.pop(0)


def raise_flag(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
    host.texts["flag"] = argv[-1]


def test_only_his_name_takes_the_lock_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = Locked()
    hosts = {
        "node1": SimHost("node1", {"flag": "down"}, raise_flag, lock=locked),
        "node2": SimHost("node2", {"flag": "down"}, raise_flag),
    }
    session = Session(Store(tmp_path), (TOY,), lambda *_: dict(hosts))
    session.open()
    session.connect()
    review = session.review(TOY)
    typist: Any = Typist("yes")
    assert carry_out.run(session, typist, review) is review
    said = capsys.readouterr().out
    assert "bob@laptop changes this host" in said and "not taken over: nothing was run" in said
    assert hosts["node1"].ran == [] and locked.overs == []
    typist = Typist("bob@laptop")
    assert carry_out.run(session, typist, review).state is State.DONE
    assert len(locked.overs) == 1 and len(hosts["node1"].ran) == 1
    session.close()
