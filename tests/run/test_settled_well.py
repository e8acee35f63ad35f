"""A job or unit that ended well, by its command's exit codes, is recorded so when settled later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost
from wizard.hosts.host import Result
from wizard.model.facts import Facts
from wizard.model.step import Command, Kind
from wizard.remote import job, unit
from wizard.run.engine import Engine
from wizard.state.journal import Journal

OLD_START = (
    '{"v": 1, "at": "2026-01-01T00:00:00+0000", "kind": "start", "step": "toy", "host": "node1",'
    ' "key": "k", "line": "x", "kind_of": "%s", "unit": "gw-toy-k-0"}\n'
)


def step(kind: Kind, ok: tuple[int, ...]) -> list[Command]:
    return [Command("node1", ("work",), "why", kind=kind, ok=ok)]


def lost(*args: object, **more: object) -> int:
    raise ConnectionLost("not reached for ten minutes", where="node1")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


@pytest.fixture(autouse=True)
def unreachable_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(unit, "start", lambda *_: unit.UnitState("running"))
    monkeypatch.setattr(unit, "follow", lost)
    monkeypatch.setattr(unit, "forget", lambda *_: None)
    monkeypatch.setattr(job, "follow", lost)
    yield


def settled(journal: Journal, kind: Kind, ok: tuple[int, ...], folder: Path) -> dict[str, object]:
    """The last record after a run whose link broke and the look that followed it."""

    def plan(answers: Answers, facts: Facts) -> list[Command]:
        return step(kind, ok)

    host = SimHost("node1", {"flag": "down"}, lambda *_: Result(0, "JobID: 12\n", "", 0.0))
    one = replace(TOY, plan=plan, hosts=lambda answers: ["node1"])
    engine = Engine((one,), {"node1": host}, journal, folder)
    engine.apply(engine.review(one, Answers()))
    return journal.records[-1]


@pytest.mark.parametrize(
    ("rc", "ok", "well"), [(3, (0, 3), True), (0, (0,), True), (3, (0,), False), (0, (3,), False)]
)
def test_a_unit(
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rc: int,
    ok: tuple[int, ...],
    well: bool,
) -> None:
    monkeypatch.setattr(unit, "look", lambda *_: unit.UnitState("ended", rc))
    record = settled(journal, Kind.UNIT, ok, tmp_path)
    assert record["kind"] == "looked" and record["ok"] is well
    assert bool(journal.progress()["toy"].failed) is not well


@pytest.mark.parametrize(
    ("state", "ok", "well"),
    [("success", (0,), True), ("error", (0,), False), ("error", (0, 1), True)],
)
def test_a_job(
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    ok: tuple[int, ...],
    well: bool,
) -> None:
    monkeypatch.setattr(job, "status", lambda *_: state)
    record = settled(journal, Kind.JOB, ok, tmp_path)
    assert record["kind"] == "looked" and record["ok"] is well
    assert state in str(record["found"])


@pytest.mark.parametrize(("rc", "well"), [(0, True), (3, False)])
def test_a_start_of_the_former_code_names_no_exit_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rc: int, well: bool
) -> None:
    monkeypatch.setattr(unit, "look", lambda *_: unit.UnitState("ended", rc))
    path = tmp_path / "journal.jsonl"
    path.write_text(OLD_START % "unit")
    engine = Engine(
        (TOY,),
        {name: SimHost(name, {"flag": "up"}) for name in ("node1", "node2")},
        Journal(path),
        tmp_path,
    )
    engine.review(TOY, Answers())
    (record,) = [one for one in engine.journal.records if one["kind"] == "looked"]
    assert record["ok"] is well
