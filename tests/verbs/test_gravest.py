"""Of several exit codes the gravest is the process's own, whatever was met first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import HostKeyChanged, Unreachable, WizardError
from wizard.base.exits import GRAVITY, Exit, gravest
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

ON_2 = replace(TOY, id="lvm", hosts=lambda answers: ["node2"])
ON_1 = replace(TOY, hosts=lambda answers: ["node1"])
README = Path(__file__).parents[2] / "README.md"


def begin(folder: Path, **down: WizardError) -> Session:
    hosts = {
        name: SimHost(name, {"flag": "down"}, down=down.get(name)) for name in ("node1", "node2")
    }
    session = Session(Store(folder), (ON_1, ON_2), lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.connect()
    return session


@pytest.mark.parametrize("verb", [headless.plan, headless.verify])
def test_work_to_do_hides_no_host_that_is_away(verb: object, tmp_path: Path) -> None:
    session = begin(tmp_path, node2=Unreachable("nobody is there", where="node2"))
    assert verb(session, session.steps) is Exit.UNREACHABLE  # type: ignore[operator]
    session.close()


@pytest.mark.parametrize("verb", [headless.plan, headless.verify])
def test_of_several_hosts_that_were_not_seen_the_gravest_tells(
    verb: object, tmp_path: Path
) -> None:
    away = Unreachable("nobody is there", where="node1")
    changed = HostKeyChanged("another key", where="node2")
    session = begin(tmp_path, node1=away, node2=changed)
    assert verb(session, [TOY]) is Exit.HOST_KEY  # type: ignore[operator]
    session.close()


def test_the_order() -> None:
    assert gravest() is gravest(Exit.OK) is Exit.OK
    assert gravest(Exit.PENDING, Exit.UNREACHABLE, Exit.BLOCKED) is Exit.UNREACHABLE
    assert gravest(Exit.HOST_KEY, Exit.STATE) is Exit.STATE, "what is not in the order stops all"


def test_the_order_is_documented() -> None:
    order = ", ".join(str(code.value) for code in GRAVITY)
    assert order in README.read_text()
