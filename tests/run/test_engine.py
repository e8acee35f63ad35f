"""The loop: look, consent, look again, run, verify; and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import DESTROYER, FLAG, TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, Unreachable
from wizard.base.exits import Exit
from wizard.hosts.host import Result
from wizard.model.events import Ended, Event, Note, Output, Unknown, Verified
from wizard.model.facts import Facts
from wizard.model.review import State
from wizard.model.step import Command
from wizard.remote import keep
from wizard.run.engine import Engine
from wizard.run.outcome import End
from wizard.state.journal import Journal


def raise_flag(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
    host.texts["flag"] = argv[-1]


@pytest.fixture
def hosts() -> dict[str, SimHost]:
    return {name: SimHost(name, {"flag": "down"}, raise_flag) for name in ("node1", "node2")}


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def engine(hosts: dict[str, SimHost], events: list[Event], tmp_path: Path) -> Engine:
    return Engine(
        (TOY, DESTROYER), hosts, Journal(tmp_path / "journal.jsonl"), tmp_path, emit=events.append
    )


def kinds(engine: Engine) -> list[str]:
    return [record["kind"] for record in engine.journal.records]


def test_applies_verifies_and_then_has_nothing_to_do(
    engine: Engine, hosts: dict[str, SimHost]
) -> None:
    review = engine.review(TOY, Answers())
    assert review.state is State.READY and review.state_of("node2") is State.READY
    outcome = engine.apply(review)
    assert outcome.end is End.DONE and outcome.review.state is State.DONE
    assert kinds(engine)[0] == "consent" and kinds(engine)[-1] == "verified"
    assert engine.apply(engine.review(TOY, Answers())).end is End.DONE
    assert [host.ran for host in hosts.values()] == [[("set-flag", "up")]] * 2


def test_refuses_a_stale_plan(engine: Engine, hosts: dict[str, SimHost]) -> None:
    review = engine.review(TOY, Answers())
    hosts["node2"].texts["flag"] = "up"
    outcome = engine.apply(review)
    assert outcome.end is End.STALE and not hosts["node1"].ran
    assert review.plan.difference(outcome.review.plan) == ["- node2: set-flag up"]


def test_destruction_needs_the_typed_serial(engine: Engine, hosts: dict[str, SimHost]) -> None:
    review = engine.review(DESTROYER, Answers())
    assert engine.apply(review).end is End.CONSENT
    assert engine.apply(review, ["serial1"]).end is End.CONSENT and not hosts["node1"].ran
    assert engine.apply(review, ["SERIAL1"]).end is End.DONE


def test_a_command_is_not_run_while_a_copy_of_what_it_overwrites_is_kept(
    hosts: dict[str, SimHost], events: list[Event], tmp_path: Path
) -> None:
    def careful(answers: Answers, facts: Facts) -> list[Command]:
        return [replace(command, unless="headers/one") for command in TOY.plan(answers, facts)]

    step = replace(TOY, plan=careful)
    (tmp_path / "log").mkdir()
    keep.write(tmp_path / "headers" / "one", b"header")
    engine = Engine(
        (step,), hosts, Journal(tmp_path / "journal.jsonl"), tmp_path / "log", emit=events.append
    )
    assert engine.apply(engine.review(step, Answers())).end is End.FAILED
    assert not hosts["node1"].ran and not hosts["node2"].ran
    assert any(
        "headers/one was kept of what it overwrites" in e.text
        for e in events
        if isinstance(e, Output)
    )
    (tmp_path / "headers" / "one").rename(tmp_path / "headers" / "elsewhere")
    assert engine.apply(engine.review(step, Answers())).end is End.DONE


def test_one_hosts_failure_stands_beside_the_others_success(
    engine: Engine, hosts: dict[str, SimHost], events: list[Event]
) -> None:
    hosts["node1"].on_run = lambda host, argv, stdin: Result(3, "", "no mast", 0.1)
    outcome = engine.apply(engine.review(TOY, Answers()))
    assert outcome.end is End.FAILED
    assert (
        outcome.review.state_of("node1") is State.READY
        and outcome.review.state_of("node2") is State.DONE
    )
    assert {(e.command.host, e.ok) for e in events if isinstance(e, Ended)} == {
        ("node1", False),
        ("node2", True),
    }


def test_success_is_what_the_host_shows_not_the_exit_code(
    engine: Engine, hosts: dict[str, SimHost]
) -> None:
    hosts["node1"].on_run = None
    outcome = engine.apply(engine.review(TOY, Answers()))
    assert outcome.end is End.MORE and [c.host for c in outcome.review.plan.commands] == ["node1"]
    assert "verified" not in kinds(engine)


def test_a_lost_connection_is_unknown_and_looked_at_on_resume(
    engine: Engine, hosts: dict[str, SimHost], events: list[Event]
) -> None:
    def cut(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> ConnectionLost:
        host.texts["flag"] = "up"
        return ConnectionLost("lost", where=host.name)

    hosts["node1"].on_run = cut
    outcome = engine.apply(engine.review(TOY, Answers()))
    assert any(isinstance(event, Unknown) for event in events)
    assert outcome.lost is not None and outcome.lost.code is Exit.LOST
    assert outcome.review.state is State.DONE
    later = Engine((TOY,), hosts, Journal(engine.journal.path), engine.log_dir)
    assert later.apply(later.review(TOY, Answers())).end is End.DONE
    assert len(hosts["node1"].ran) == 1


def test_an_unreachable_host_is_not_looked_at_and_nothing_runs(
    engine: Engine, hosts: dict[str, SimHost]
) -> None:
    hosts["node2"].down = Unreachable("no answer", where="node2", mend="check the cable")
    review = engine.review(TOY, Answers())
    assert review.state is State.UNSEEN and "no answer" in str(review.blockers[0])
    assert engine.apply(review).end is End.BLOCKED and not hosts["node1"].ran


def test_stop_begins_no_further_command(engine: Engine, hosts: dict[str, SimHost]) -> None:
    def stop(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        raise_flag(host, argv, stdin)
        engine.stop()

    for host in hosts.values():
        host.on_run = stop
    engine.apply(engine.review(TOY, Answers()))
    assert FLAG.name in hosts["node1"].texts
    assert "stopping" not in kinds(engine)


def test_verified_is_told(engine: Engine, events: list[Event]) -> None:
    engine.apply(engine.review(TOY, Answers()))
    assert events[-1] == Verified("toy", ())


def test_a_survey_looks_at_all_steps_in_one_exec_per_host(
    engine: Engine, hosts: dict[str, SimHost]
) -> None:
    asked: list[str] = []
    for host in hosts.values():
        answer = host._facts
        host._facts = lambda script, answer=answer, name=host.name: (
            asked.append(name) or answer(script)
        )  # type: ignore[method-assign, misc]
    reviews = list(engine.survey(engine.steps, Answers()))
    assert [review.step.id for review in reviews] == ["toy", "destroyer"]
    assert sorted(asked) == ["node1", "node2"]
    assert list(engine.survey((), Answers())) == [] and len(asked) == 2


def test_a_log_that_cannot_be_written_cuts_no_command(
    engine: Engine, hosts: dict[str, SimHost], events: list[Event], tmp_path: Path
) -> None:
    def talk(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> str:
        raise_flag(host, argv, stdin)
        return "flag raised\n"

    for host in hosts.values():
        host.on_run = talk
    review = engine.review(TOY, Answers())
    full, none = (
        tmp_path / f"toy-{command.host}-{command.key}.log" for command in review.plan.commands
    )
    full.symlink_to("/dev/full")
    none.mkdir()
    assert engine.apply(review).end is End.DONE
    told = [event.text for event in events if isinstance(event, Note)]
    assert len(told) == 2 and any("No space left on device" in text for text in told)
    assert sum(isinstance(event, Output) and "flag raised" in event.text for event in events) == 2
