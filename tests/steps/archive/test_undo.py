"""The way back ends well whatever was written meanwhile, and says what to do about rows that are
not the same.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.steps.archive.bench import HOST, Bench, carry_out, moves, wrong
from tests.steps.archive.server import LIVE, OLD, ROWS
from wizard.model.review import State
from wizard.run.outcome import End

pytestmark = pytest.mark.mariadb
TABLE = OLD[0]
INSERT = f"INSERT INTO {{}}.{TABLE} (account, recv_date, `bytes in`, note) VALUES (1, 1, 1, '')"


@pytest.fixture
def one(filled: Bench) -> Bench:
    """One table is meant."""
    filled.answers = filled.answering(patterns=[], tables=[TABLE], quiet_hours=0)
    return filled


def undone(bench: Bench, rows: int) -> None:
    """Undo to its end: the table has so many rows, and schema, ledger and account are gone."""
    bench.done("unarchive")
    assert bench.maria.sql(f"SELECT COUNT(*) FROM UTM5.{TABLE}") == f"{rows}\n"
    assert set(bench.maria.relations()) == {f"UTM5.{name}" for name in (*LIVE, *OLD)}
    assert bench.maria.sql("SHOW DATABASES LIKE 'UTM5%'") == "UTM5\n"
    assert (
        bench.maria.sql("SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'gw_archive'") == "0\n"
    )
    assert bench.review("unarchive").state is State.DONE


@pytest.mark.parametrize("killed", [False, True])
def test_a_table_that_is_back_may_be_written_to_at_once(one: Bench, killed: bool) -> None:
    one.done()
    back = carry_out(one, "unarchive", "rename-table")
    if killed:
        one.maria.sql(back[6].splitlines()[0])
        assert any("gw_old_" in step for step in moves(one, "unarchive"))
    else:
        assert one.engine.hosts[HOST].run(back).rc == 0
    one.maria.sql(INSERT.format("UTM5"), login=("-ubilling", "-px"))
    undone(one, ROWS + 1)


def test_a_table_that_was_counted_and_never_moved_may_be_written_to(one: Bench) -> None:
    carry_out(one, "archive", "rename-table")
    one.maria.sql(INSERT.format("UTM5"))
    undone(one, ROWS + 1)


def changed(bench: Bench) -> str:
    """Somebody writes to the archived table; undo leaves it there. Returns what it said."""
    bench.done()
    bench.maria.sql(INSERT.format("UTM5_archive"))
    bench.said.clear()
    assert bench.apply("unarchive").end is End.FAILED
    relations = bench.maria.relations()
    assert relations[f"UTM5_archive.{TABLE}"] == "T" and relations[f"UTM5.{TABLE}"] == "V"
    (problem,) = wrong(bench, "unarchive")
    assert f"had {ROWS} rows" in problem and f"has {ROWS + 1}" in problem
    said = "".join(bench.said)
    for text in (said, problem):
        assert f"UTM5_archive.{TABLE}." in text and f"first:{bench.folder}/one" in text
        assert f"second:{bench.folder}/two" in text
        assert f"DELETE FROM `UTM5_archive`.`gw_ledger` WHERE name = '{TABLE}'" in text
    assert f"before the move: {ROWS} rows, checksum " in said
    return said


def test_rows_that_were_changed_in_the_archive_go_back_when_they_are_said_to_be_right(
    one: Bench,
) -> None:
    said = changed(one)
    begin = said.index("DELETE FROM")
    one.maria.sql(said[begin : said.index(";", begin)])
    undone(one, ROWS + 1)


def test_a_copy_goes_back_in_place_of_rows_that_were_changed(one: Bench, tmp_path: Path) -> None:
    before = one.maria.dump("UTM5")
    said = changed(one)
    assert f"DROP TABLE `UTM5_archive`.`{TABLE}`" in said
    one.maria.sql(f"DROP TABLE UTM5_archive.{TABLE}")
    (copy,) = (tmp_path / "two").iterdir()
    assert one.maria.load("UTM5_archive", gzip.decompress(copy.read_bytes())).returncode == 0
    undone(one, ROWS)
    assert one.maria.dump("UTM5") == before
