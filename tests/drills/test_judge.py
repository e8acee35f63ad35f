"""What a drill passes and what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.lab import Lab
from tests.drills import __main__ as program
from tests.drills.drill import Drill, DrillFailed
from tests.drills.judge import Allowed, Seen, judge
from tests.drills.ledger import compare
from tests.drills.sampler import Sample

ENTRIES = compare([(1.0, "11"), (2.0, "12"), (9.0, "13")], {"11", "12", "13"})
WELL = Seen(ENTRIES, [], {}, 0)


def test_what_is_missing_is_known_by_its_moment() -> None:
    entries = compare([(1.0, "11"), (2.0, "12"), (9.0, "13")], {"11", "13"})
    assert (entries.acknowledged, entries.lost, entries.longest_gap) == (3, (2.0,), 7.0)
    seen = replace(WELL, entries=entries)
    assert judge(seen, Allowed())[1] == ["1 acknowledged rows are missing"]
    assert judge(seen, Allowed(loss=[(1.5, 2.5)]))[1] == []
    assert judge(seen, Allowed(loss=[(30.0, 40.0)]))[1] != []


def test_a_well_end_and_each_fault() -> None:
    assert judge(WELL, Allowed())[1] == []
    assert judge(replace(WELL, health=1), Allowed())[1] == []
    assert judge(replace(WELL, health=2), Allowed())[1] == ["health ends with 2"]
    left = judge(replace(WELL, left={"node1": "watcher.pause"}), Allowed())[1]
    assert left == ["left behind: {'node1': 'watcher.pause'}"]


def test_twice_for_as_long_as_the_drill_says() -> None:
    both = []
    for moment in range(0, 40, 2):
        both += [Sample(moment, "node1", True, True), Sample(moment, "node2", True, True)]
    seen = replace(WELL, samples=both)
    assert len(judge(seen, Allowed())[1]) == 2
    assert judge(seen, Allowed(twice=60.0, masters=True))[1] == []
    assert len(judge(seen, Allowed(twice=20.0, masters=True))[1]) == 1


def test_one_that_fails_tells_and_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(drill: Drill) -> None:
        raise DrillFailed("no rows are acknowledged")

    (tmp_path / "drills").mkdir()
    ran: list[str] = []
    scripts = {"one": fails, "two": lambda drill: ran.append(drill.name)}
    monkeypatch.setattr(program, "SCRIPTS", scripts)
    monkeypatch.setattr(Drill, "begin", lambda drill: None)
    monkeypatch.setattr(Drill, "end", lambda drill: True)
    monkeypatch.setattr(program, "put_back", lambda lab: ran.append("put back"))
    assert program.main([str(tmp_path), "all"]) == 1
    assert ran == ["two"]
    assert "it could not go on: no rows are acknowledged" in capsys.readouterr().out
    assert "FAILED" in (tmp_path / "drills" / "one.txt").read_text()
    assert program.main([str(tmp_path), "one"]) == 1
    assert ran == ["two", "put back"]
    assert program.main([str(tmp_path), "--stay", "one"]) == 1
    assert ran == ["two", "put back"]
    assert program.main([str(tmp_path), "three"]) == 2


def test_the_last_command_is_told(tmp_path: Path) -> None:
    lab = Lab(tmp_path, 2501)
    drill = Drill("one", lab)
    drill.results.mkdir()
    with pytest.raises(DrillFailed, match="exit 2"):
        drill.run(("recover", "nonsense"), ok=(0,))
    assert not drill.failed(DrillFailed("x"))
    told = (drill.results / "one.txt").read_text()
    assert "recover nonsense: exit 2" in told and "invalid choice" in told
