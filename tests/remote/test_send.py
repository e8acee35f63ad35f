"""A command whose input is a file of the operator's machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.model.events import Event, Output
from wizard.model.facts import Facts
from wizard.model.plan import by_hand
from wizard.model.step import Command, Kind, Prompt
from wizard.run.engine import Engine
from wizard.run.outcome import End
from wizard.state.journal import Journal

CONTENT = bytes(range(256))


def engine_that_sends(file: Path, hosts: dict[str, SimHost], events: list[Event]) -> Engine:
    """An engine over the toy, whose commands send that file."""

    def plan(answers: Answers, facts: Facts) -> list[Command]:
        return [replace(command, send=str(file)) for command in TOY.plan(answers, facts)]

    step = replace(TOY, plan=plan)
    log = file.parent / "log"
    log.mkdir()
    return Engine((step,), hosts, Journal(file.parent / "journal"), log, emit=events.append)


def test_the_file_arrives_as_it_is(tmp_path: Path) -> None:
    arrived = []

    def take(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        arrived.append(stdin)
        host.texts["flag"] = "up"

    (tmp_path / "file").write_bytes(CONTENT)
    hosts = {name: SimHost(name, {"flag": "down"}, take) for name in ("node1", "node2")}
    engine = engine_that_sends(tmp_path / "file", hosts, [])
    assert engine.apply(engine.review(engine.steps[0], Answers())).end is End.DONE
    assert arrived == [CONTENT, CONTENT]


def test_a_file_that_is_gone_is_said_and_nothing_runs(tmp_path: Path) -> None:
    events: list[Event] = []
    hosts = {name: SimHost(name, {"flag": "down"}) for name in ("node1", "node2")}
    engine = engine_that_sends(tmp_path / "gone", hosts, events)
    assert engine.apply(engine.review(engine.steps[0], Answers())).end is End.FAILED
    assert hosts["node1"].ran == []
    said = [event.text for event in events if isinstance(event, Output)]
    assert any("gone cannot be read" in text for text in said)


def test_by_hand_it_is_read_from_the_file() -> None:
    command = Command("node1", ("cat",), "why", send="/tmp/it's")
    assert by_hand(command).endswith("cat <'/tmp/it'\"'\"'s'")


@pytest.mark.parametrize("more", [{"stdin": "text"}, {"prompts": (Prompt("key", "A key"),)}])
def test_there_is_one_input(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="one input"):
        Command("node1", ("cat",), "why", send="/file", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Kind.UNIT, Kind.JOB, Kind.REBOOT])
def test_what_lasts_takes_no_file(kind: Kind) -> None:
    with pytest.raises(ValueError, match="takes no send"):
        Command("node1", ("cat",), "why", kind=kind, send="/file")
