"""Several steps are looked at together, and each is judged as if it had been looked at alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.run.toy import FLAG, TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.answers.building import Bridge
from wizard.base.errors import Unreachable
from wizard.base.exits import Exit
from wizard.hosts.local import LocalHost
from wizard.model.facts import Fact, Facts
from wizard.model.review import State
from wizard.run.gather import gather
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless

PORTS: Fact[str] = Fact("ports", lambda answers, host: f"cat /sys/{answers.bridge.name}", str.strip)


def _name(answers: Answers, facts: Facts) -> Mapping[str, str]:
    return {"name": "br7"}


FIRST = replace(TOY, id="bridge", section=Bridge, suggest=_name)
SAME = replace(TOY, id="same")
CHANGED = replace(TOY, id="changed", facts=(FLAG, PORTS))
GUEST = replace(TOY, id="inside", needs=("same",), hosts=lambda answers: ["node1", "inst1"])
STEPS = (FIRST, SAME, CHANGED, GUEST)


@dataclass
class Asked(SimHost):
    """A host that keeps the scripts that it was asked by."""

    scripts: list[str] = field(default_factory=list)

    def _facts(self, script: str) -> str:
        self.scripts.append(script)
        return super()._facts(script)


@pytest.fixture
def hosts() -> dict[str, Asked]:
    return {name: Asked(name, {"flag": "up"}) for name in ("node1", "node2", "inst1")}


@pytest.fixture
def session(tmp_path: Path, hosts: dict[str, Asked]) -> Iterator[Session]:
    session = Session(Store(tmp_path), STEPS, lambda *_: dict(hosts))
    session.open()
    session.decide(Answers())
    session.connect()
    yield session
    session.close()


def test_a_default_that_the_hosts_suggest_is_decided_from_then_on(session: Session) -> None:
    """Else what is written of the answers differs from one look to the next."""
    same = replace(FIRST, suggest=lambda answers, facts: {"name": answers.bridge.name})
    list(session.survey([same, SAME]))
    assert session.answers == Answers()
    for kept in (session.answers, session.store.load()):
        assert "name" not in kept.undecided["bridge"]


def test_a_step_that_asks_something_else_by_now_gets_its_own_look(
    session: Session, hosts: dict[str, Asked]
) -> None:
    reviews = list(session.survey(STEPS))
    assert [review.state for review in reviews] == [State.DONE] * 4
    for name in ("node1", "node2"):
        together, alone = hosts[name].scripts
        assert "cat /sys/xenbr0\n" in together and "cat /sys/br7\n" in alone
    hosts["node1"].scripts.clear()
    list(session.survey(STEPS))
    assert len(hosts["node1"].scripts) == 1


def test_a_plan_looks_at_the_servers_once_before_guests_and_once_with_them(
    session: Session, hosts: dict[str, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    session.decide(Answers().model_copy(update={"bridge": Bridge(name="br7")}))
    assert headless.plan(session, STEPS) is Exit.OK
    assert [len(hosts[name].scripts) for name in hosts] == [2, 1, 1]
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in told if line.startswith("==")] == [
        "bridge:",
        "same:",
        "changed:",
        "inside:",
    ]
    # The journal says by now that the servers are far enough for the guest.
    assert headless.plan(session, STEPS) is Exit.OK
    assert [len(hosts[name].scripts) for name in hosts] == [3, 2, 2]


def test_a_plan_of_guests_that_are_not_there_looks_at_the_servers_once(
    session: Session, hosts: dict[str, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    for host in hosts.values():
        host.texts["flag"] = "down"
    assert headless.plan(session, (SAME, GUEST, TOY)) is Exit.PENDING
    told = capsys.readouterr().out
    assert told.index("== same:") < told.index("inside: Raise flags: too early")
    assert told.index("too early; needs first: same") < told.index("== toy:")
    assert not hosts["inst1"].scripts


def test_a_command_that_cannot_be_looked_up_hides_the_host_from_its_own_step_alone(
    session: Session, hosts: dict[str, Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(*_: object) -> bool:
        raise Unreachable("Ganeti does not answer", where="node2")

    monkeypatch.setattr("wizard.run.inflight.settle", settle)
    session.journal.add(
        "start", step="same", host="node2", key="a", line="x", kind_of="exec", unit=""
    )
    states = {review.step.id: review.state for review in session.survey(STEPS)}
    assert states.pop("same") is State.UNSEEN
    assert set(states.values()) == {State.DONE}


def test_what_hosts_say_together_may_be_more_than_can_be_kept_of_one_exec() -> None:
    text = "x" * 1_200_000
    facts = [
        Fact(name, f"head -c {len(text)} /dev/zero | tr '\\0' x", str) for name in ("a", "b", "c")
    ]
    seen = gather([(LocalHost("node1", need_root=False), facts)], Answers())
    assert [seen.of("node1", fact) == text for fact in facts] == [True] * 3
