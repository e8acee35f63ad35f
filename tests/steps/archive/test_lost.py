"""Archived rows that are nowhere: the steps say to load a copy, and go on from it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.steps.archive.bench import Bench, moves, wrong
from tests.steps.archive.server import OLD, ROWS
from wizard.model.review import State

pytestmark = pytest.mark.mariadb
TABLE = OLD[0]


@pytest.mark.parametrize("view", [True, False])
@pytest.mark.parametrize("step", ["archive", "unarchive"])
def test_a_dropped_table_is_loaded_from_its_copy(
    filled: Bench, tmp_path: Path, step: str, view: bool
) -> None:
    maria = filled.maria
    filled.done()
    maria.sql(f"DROP TABLE UTM5_archive.{TABLE}")
    if not view:
        maria.sql(f"DROP VIEW UTM5.{TABLE}")
    filled.apply(step)
    (problem,) = [one for one in wrong(filled, step) if TABLE in one]
    (copy,) = (tmp_path / "two").glob(f"*{TABLE}*")
    assert f"the rows of {TABLE} are nowhere" in problem and "load one of its two copies" in problem
    assert copy.name[:50] in problem and f"second:{tmp_path}/two" in problem
    assert not filled.review(step).plan, (
        "nothing that could be done without the rows is planned again"
    )
    assert maria.load("UTM5_archive", gzip.decompress(copy.read_bytes())).returncode == 0
    wanted = ["rename-table"] * (not view) if step == "archive" else []
    assert moves(filled, step)[: len(wanted) + 1] == [*wanted, "count-rows"], (
        "the rows are counted and compared"
    )
    filled.done(step)
    assert filled.review(step).state is State.DONE
    assert maria.sql(f"SELECT COUNT(*) FROM UTM5.{TABLE}") == f"{ROWS}\n"


def test_a_table_that_was_dropped_on_purpose_is_forgotten(filled: Bench) -> None:
    filled.done()
    filled.maria.sql(f"DROP TABLE UTM5_archive.{TABLE}")
    (problem,) = wrong(filled)
    filled.maria.sql(problem[problem.index("DROP VIEW") :])
    assert filled.review().state is State.DONE
    filled.done("unarchive")
    assert filled.maria.sql("SHOW DATABASES LIKE 'UTM5%'") == "UTM5\n"
