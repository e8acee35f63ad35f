"""Databases as people have them, on a real server: a dump can be loaded and gives all of it back,
or the record says why there is none.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.archive.facts.session import ANSWERS, OPTIONS, SESSION, WHOLE
from steps.backup import hosts
from tests.steps.archive.server import Maria, running
from tests.steps.archive.test_sessions import OF_THE_PROGRAMS
from tests.steps.backup.test_mariadb import Guest

pytestmark = pytest.mark.mariadb
ODD = """
SET NAMES utf8mb4;
CREATE TABLE `ü中` (`größe` INT, `a``b` INT, `c'd"e\\` INT);
INSERT INTO `ü中` VALUES (1, 2, 3);
CREATE DATABASE `größe`;
CREATE TABLE `größe`.`t``i'c"k` (id INT);
INSERT INTO `größe`.`t``i'c"k` VALUES (1), (2);
CREATE TABLE history (id INT PRIMARY KEY) WITH SYSTEM VERSIONING;
INSERT INTO history VALUES (1);
UPDATE history SET id = 2;
DELETE FROM history;
CREATE SEQUENCE numbers START WITH 5;
CREATE TABLE numbered (id INT DEFAULT NEXTVAL(numbers), a INT);
INSERT INTO numbered (a) VALUES (1), (2);
CREATE TABLE broken_check (a INT CHECK (a > 0), j JSON);
SET check_constraint_checks = 0;
INSERT INTO broken_check VALUES (-5, 'no json');
CREATE TABLE parts (id INT) PARTITION BY HASH (id) PARTITIONS 3;
INSERT INTO parts VALUES (1), (2), (3);
CREATE TABLE virtual (a INT, v TEXT AS (CONCAT('x', a)) VIRTUAL, s INT AS (a * 2) STORED);
INSERT INTO virtual (a) VALUES (1);
CREATE TABLE hidden (a INT, h INT INVISIBLE DEFAULT 3);
INSERT INTO hidden (a) VALUES (1);
CREATE TABLE packed (t TEXT COMPRESSED, p POINT) PAGE_COMPRESSED=1;
INSERT INTO packed VALUES (REPEAT('x', 9999), POINT(1, 2));
CREATE TABLE parent (id INT PRIMARY KEY);
CREATE TABLE child (id INT, FOREIGN KEY (id) REFERENCES parent (id));
CREATE TABLE aria (id INT) ENGINE=Aria;
CREATE TABLE my (id INT) ENGINE=MyISAM;
CREATE TABLE elsewhere (id INT) DATA DIRECTORY='{folder}';
INSERT INTO elsewhere VALUES (1), (2);
CREATE VIEW seen AS SELECT `größe` FROM `ü中`;
CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM parts;
CREATE TRIGGER fires AFTER INSERT ON parts FOR EACH ROW INSERT INTO virtual (a) VALUES (1);
CREATE DEFINER=nobody@localhost VIEW of_nobody AS SELECT * FROM parts;
CREATE FUNCTION one() RETURNS INT DETERMINISTIC RETURN 1;
"""
SETTINGS = (
    "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
    "SET GLOBAL time_zone = '-11:00'",
    "SET GLOBAL autocommit = 0",
    "SET GLOBAL max_statement_time = 0.000001",
)


@pytest.fixture
def guest(template: Path, tmp_path: Path) -> Iterator[Guest]:
    with running(tmp_path / "maria", template) as server:
        (tmp_path / "guest").mkdir()
        yield Guest(tmp_path / "guest", server)


def odd(maria: Maria, folder: Path) -> None:
    folder.mkdir()
    maria.sql(f"CREATE DATABASE shop; USE shop; {ODD.replace('{folder}', str(folder))}")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A temporary table of a server that runs."""
    path = Path(tempfile.gettempdir()) / f"#sql-temptable-{os.getpid()}-1-1.MAI"
    path.touch()
    yield path
    path.unlink(missing_ok=True)


def test_the_scratch_server_leaves_temporary_tables_of_the_live_one(
    guest: Guest, temporary: Path
) -> None:
    guest.maria.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT)")
    guest.back_up()
    assert guest.tested()["ok"] is True
    assert temporary.exists()


def test_a_dump_of_odd_databases_gives_them_back(guest: Guest, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    odd(guest.maria, elsewhere)
    for setting in SETTINGS:
        guest.maria.sql(f"SET SESSION max_statement_time = 0; {setting}")
    guest.back_up()
    live = sorted(elsewhere.rglob("*"))
    told = guest.tested()
    # ü中, t`i'c"k, history of three, numbered, broken_check, parts, virtual, hidden, packed,
    # elsewhere; and four without rows.
    assert told["ok"] is True and (told["tables"], told["rows"]) == (14, 16), told
    assert sorted(elsewhere.rglob("*")) == live, "the scratch server wrote into the live folder"


def test_an_option_file_that_wants_other_dumps_and_answers_changes_nothing(guest: Guest) -> None:
    guest.maria.sql("CREATE DATABASE shop; USE shop; CREATE TABLE t (id INT PRIMARY KEY)")
    guest.maria.sql("USE shop; INSERT INTO t SELECT seq FROM seq_1_to_100")
    own = guest.maria.option_file.read_text()
    guest.maria.option_file.write_text(own + OF_THE_PROGRAMS)
    guest.back_up()
    told = guest.tested()
    assert told["ok"] is True and (told["tables"], told["rows"]) == (1, 100), told


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE VIEW v AS SELECT * FROM gone; DROP TABLE gone", ("shop.v", "or DROP VIEW")),
        ("SET GLOBAL sql_select_limit = 100", ("gives 100 rows to a query",)),
    ],
    ids=["view without its table", "limit"],
)
def test_the_cause_of_a_dump_that_cannot_be_made_is_said_in_its_last_line(
    guest: Guest, statement: str, said: tuple[str, ...]
) -> None:
    """That line is what the record takes."""
    guest.maria.sql(f"CREATE DATABASE shop; USE shop; CREATE TABLE gone (id INT); {statement}")
    done = guest.run("create_mysql_dump")
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and all(words in last for words in said), done.stderr
    assert list(guest.work.iterdir()) == []


def test_the_backup_s_sessions_are_the_archive_s() -> None:
    common = hosts.template("common").replace("\\\n", "")
    assert f'SESSION="{SESSION}"' in common
    assert OPTIONS[0] in common and '--init-command="$SESSION"' in common
    assert (
        f'PLAIN_ANSWERS="{" ".join(ANSWERS)}"' in common
        and f'WHOLE_DUMP="{" ".join(WHOLE)}"' in common
    )
