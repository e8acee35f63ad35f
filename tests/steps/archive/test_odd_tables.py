"""Tables as people have them, on a real server: archived and brought back as they were, or refused
before anything is copied, with the reason and what to do.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.steps.archive.bench import Bench, carry_out, wrong
from tests.steps.archive.server import Maria
from wizard.model.review import State
from wizard.run.outcome import End

pytestmark = pytest.mark.mariadb
KINDS = {
    "virtual": "(id INT PRIMARY KEY, a INT, v VARCHAR(200) AS (CONCAT('x', a)) VIRTUAL, "
    "t TEXT AS (REPEAT(a, 20)) VIRTUAL, s INT AS (a * 2) STORED, KEY (v))",
    "types": "(id INT PRIMARY KEY, bits BIT(64), two BINARY(2), var VARBINARY(9), data LONGBLOB, "
    "j JSON, p POINT, g GEOMETRY, u UUID, net INET6, en ENUM('a', 'ü'), st SET('x', 'y'), "
    "d DOUBLE, n DECIMAL(40, 20), day DATE, at DATETIME(6), ts TIMESTAMP(3) NULL, ti TIME(2), "
    "y YEAR, sign VARCHAR(9) CHARACTER SET sjis, wide VARCHAR(9) CHARACTER SET utf16, "
    "packed TEXT COMPRESSED, same VARCHAR(9) COLLATE utf8mb4_uca1400_ai_ci, "
    "id0 CHAR(36) DEFAULT UUID(), now DATETIME DEFAULT NOW() ON UPDATE NOW())",
    "broken_check": "(id INT PRIMARY KEY, a INT CHECK (a > 0), j JSON)",
    "pages": "(id INT PRIMARY KEY, t TEXT) PAGE_COMPRESSED=1",
    "rows": "(id INT PRIMARY KEY, t TEXT, FULLTEXT (t)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4",
    "twins": "(a INT, b INT, KEY (a) IGNORED)",
    "zero": "(id INT AUTO_INCREMENT PRIMARY KEY, day DATE, at DATETIME) AUTO_INCREMENT=77",
    "period": "(id INT, s DATE, e DATE, PERIOD FOR app (s, e), "
    "PRIMARY KEY (id, app WITHOUT OVERLAPS)) COMMENT='it''s ü中 \"q\" \\\\'",
    "n" * 55: "(a INT)",
}
ROWS = """
INSERT INTO `virtual` (id, a) SELECT seq, seq FROM seq_1_to_200;
INSERT INTO types SET id = 1, bits = -2, two = x'00ff', var = x'00270a5c', data = x'00270a5cff',
  j = '{"a": "ü中"}', p = POINT(1, 2), g = ST_GeomFromText('LINESTRING(0 0, 1 1)'), u = UUID(),
  net = '::1', en = 'ü', st = 'x,y', d = 0.1e0 + 0.2e0, n = 12345678901234567890.123456789,
  day = '2020-00-15', at = '2020-01-01 01:02:03.123456', ts = '2020-10-25 00:30:00.125',
  ti = '-12:13:14.15', y = 2020, sign = '表', wide = '中', packed = REPEAT('z', 999), same = 'ä';
INSERT INTO types SET id = 2, id0 = NULL, now = NULL;
SET check_constraint_checks = 0;
INSERT INTO broken_check VALUES (1, -5, 'no json');
SET check_constraint_checks = 1;
INSERT INTO pages VALUES (1, REPEAT('x', 60000));
INSERT INTO `rows` VALUES (1, REPEAT('word ', 9999));
INSERT INTO twins VALUES (1, 1), (1, 1), (1, NULL);
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
INSERT INTO zero VALUES (0, '0000-00-00', '0000-00-00 00:00:00'), (5, NULL, NULL);
INSERT INTO period VALUES (1, '2020-01-01', '2021-01-01');
"""


def made(maria: Maria) -> None:
    """One table of each kind, with rows, that were written long ago."""
    tables = "".join(
        f"CREATE TABLE `{name}` {text} CHARACTER SET utf8mb4;\n".replace(
            "CHARACTER SET utf8mb4 COMMENT", "COMMENT"
        )
        for name, text in KINDS.items()
    )
    maria.sql(
        f"CREATE DATABASE UTM5; SET NAMES utf8mb4; SET sql_mode = ''; USE UTM5; {tables} {ROWS}"
    )
    maria.restart()


def test_each_kind_is_archived_and_comes_back_as_it_was(bench: Bench, tmp_path: Path) -> None:
    maria = bench.maria
    made(maria)
    before = maria.dump("UTM5", "--hex-blob")
    bench.answers = bench.answering(patterns=[], tables=list(KINDS))
    bench.done()
    assert not wrong(bench) and bench.review().state is State.DONE
    # Each copy alone gives the table back, into an empty schema.
    maria.sql("CREATE DATABASE again")
    copies = sorted((tmp_path / "one").iterdir())
    assert len(copies) == len(KINDS)
    for copy in copies:
        loaded = maria.load("again", gzip.decompress(copy.read_bytes()))
        assert loaded.returncode == 0, (copy, loaded.stderr)
    assert maria.dump("again", "--hex-blob") == before
    # Somebody reads and changes nothing: what lies in the server's memory is another.
    maria.sql("SELECT * FROM UTM5.`virtual`; SELECT MAX(v), MAX(t) FROM UTM5_archive.`virtual`")
    maria.restart()
    bench.done("unarchive")
    assert maria.dump("UTM5", "--hex-blob") == before


def test_a_virtual_column_s_sum_of_an_earlier_version_is_in_nobody_s_way(bench: Bench) -> None:
    maria = bench.maria
    made(maria)
    bench.answers = bench.answering(patterns=[], tables=["virtual"])
    bench.done()
    maria.sql("UPDATE UTM5_archive.gw_ledger SET sum_before = 4, sum_after = 5")
    assert not wrong(bench) and not wrong(bench, "unarchive")[1:]
    maria.sql("DELETE FROM UTM5_archive.`virtual` WHERE id = 5")
    assert bench.apply("unarchive").end is End.FAILED
    assert "199 rows" in "".join(bench.said)
    maria.sql("INSERT INTO UTM5_archive.`virtual` (id, a) VALUES (5, 5)")
    bench.done("unarchive")
    assert maria.sql("SELECT COUNT(*) FROM UTM5.`virtual`") == "200\n"


REFUSED = {
    "parts": ("(id INT) PARTITION BY HASH (id) PARTITIONS 2", "is partitioned"),
    "elsewhere": ("(id INT) DATA DIRECTORY='{folder}'", "a folder of its own"),
    "numbered": ("(id INT DEFAULT NEXTVAL(UTM5.numbers))", "takes from a sequence"),
    "zoned": ("(ts TIMESTAMP, d DATE AS (DATE(ts)) STORED)", "in some session's time zone"),
    "history": ("(id INT) WITH SYSTEM VERSIONING", "keeps its history"),
    "aria": ("(id INT) ENGINE=Aria", "is of Aria"),
    "my": ("(id INT) ENGINE=MyISAM", "is of MyISAM"),
    "memory": ("(id INT) ENGINE=MEMORY", "is of MEMORY"),
    "hidden": ("(id INT, h INT INVISIBLE)", "invisible columns (h)"),
    "parent": ("(id INT PRIMARY KEY)", "a foreign key ties other.child to UTM5.parent"),
    "child": ("(id INT, FOREIGN KEY (id) REFERENCES parent (id))", "ties UTM5.child to UTM5."),
    "fired": ("(id INT)", "has the trigger fires"),
    "purged": ("(id INT)", "the event UTM5.purges writes to UTM5.purged"),
    "logged": ("(id INT)", "the trigger UTM5.logs writes to UTM5.logged"),
    "called": ("(id INT)", "the procedure other.calls writes to UTM5.called"),
}
PROGRAMS = """
CREATE TABLE other.child (id INT, FOREIGN KEY (id) REFERENCES UTM5.parent (id));
CREATE TRIGGER fires BEFORE INSERT ON fired FOR EACH ROW SET NEW.id = 1;
CREATE EVENT purges ON SCHEDULE EVERY 1 DAY DO
  DELETE FROM purged WHERE id = (SELECT 1 FROM plain);
CREATE TRIGGER logs BEFORE INSERT ON live FOR EACH ROW INSERT INTO `logged` VALUES (NEW.id);
CREATE PROCEDURE other.calls() UPDATE `UTM5` . called SET id = 2;
CREATE EVENT reading ON SCHEDULE EVERY 1 DAY DO
  INSERT INTO live SELECT REPLACE(id, 1, 2) FROM plain;
CREATE PROCEDURE other.own() DELETE FROM plain;
"""


def test_what_cannot_be_kept_is_refused_before_anything_is_done(
    bench: Bench, tmp_path: Path
) -> None:
    maria = bench.maria
    (tmp_path / "elsewhere").mkdir()
    tables = {name: text for name, (text, _) in REFUSED.items()}
    tables |= {"plain": "(id INT)", "live": "(id INT)"}
    made_of = "".join(f"CREATE TABLE {name} {text};\n" for name, text in tables.items())
    maria.sql(
        "CREATE DATABASE UTM5; CREATE DATABASE other; CREATE SEQUENCE UTM5.numbers; USE UTM5; "
        + made_of.replace("{folder}", str(tmp_path / "elsewhere"))
        + PROGRAMS
    )
    bench.answers = bench.answering(patterns=[], tables=[*REFUSED, "plain", "numbers"])
    review = bench.review()
    assert not review.plan
    said = [str(finding) for finding in review.blockers]
    for name, (_, reason) in REFUSED.items():
        assert any(reason in text and f"UTM5.{name}" in text for text in said), (name, said)
    assert any("UTM5.numbers is no plain table (sequence)" in text for text in said)
    assert not [text for text in said if "UTM5.plain" in text], "it is only read"


def test_values_that_a_dump_rounds_or_replaces_are_found_before_it_is_made(
    bench: Bench, tmp_path: Path
) -> None:
    maria = bench.maria
    maria.sql(
        "CREATE DATABASE UTM5; CREATE TABLE UTM5.rates (id INT, rate FLOAT, "
        "note VARCHAR(9) CHARACTER SET cp1251); "
        "INSERT INTO UTM5.rates VALUES (1, 16777215, 'a'), (2, 0.5, x'98'), (3, 0.1, x'ff')"
    )
    maria.restart()
    bench.answers = bench.answering(patterns=[], tables=["rates"])
    assert bench.apply().end is End.FAILED
    said = "".join(bench.said)
    assert "rates: in 2 rows a dump has other values" in said and "make it DOUBLE" in said
    assert maria.relations()["UTM5.rates"] == "T" and not (tmp_path / "one").exists()
    assert maria.sql("SELECT COUNT(*) FROM UTM5_archive.gw_ledger") == "0\n"
    maria.sql("ALTER TABLE UTM5.rates MODIFY rate DOUBLE; UPDATE UTM5.rates SET note = 'a'")
    maria.restart()
    bench.done()
    assert maria.sql("SELECT id FROM UTM5.rates WHERE rate = 16777215") == "1\n"


def test_a_partitioned_table_that_an_earlier_version_moved_does_not_go_back_as_it_is(
    bench: Bench,
) -> None:
    maria = bench.maria
    maria.sql(
        "CREATE DATABASE UTM5; CREATE TABLE UTM5.parts (id INT); INSERT INTO UTM5.parts "
        "VALUES (1), (2)"
    )
    maria.restart()
    bench.answers = bench.answering(patterns=[], tables=["parts"])
    bench.done()
    maria.sql("ALTER TABLE UTM5_archive.parts PARTITION BY HASH (id) PARTITIONS 2")
    (said,) = map(str, bench.review("unarchive").blockers)
    assert "REMOVE PARTITIONING" in said
    maria.sql("ALTER TABLE UTM5_archive.parts REMOVE PARTITIONING")
    bench.done("unarchive")


def test_the_account_is_one_that_no_rule_for_passwords_refuses(bench: Bench) -> None:
    """simple_password_check and its like refuse an account without a password (error 1819)."""
    maria = bench.maria
    maria.fill(5)
    maria.restart()
    carry_out(bench, "archive", "count-rows")
    account = maria.sql("SELECT Priv FROM mysql.global_priv WHERE User = 'gw_archive'")
    assert '"plugin":"unix_socket"' in account and '"account_locked":true' in account


def test_a_table_that_no_server_makes_any_more_is_copied_so_that_it_can_be_loaded(
    bench: Bench, tmp_path: Path
) -> None:
    """Its columns take more than a page has for them, which an earlier server did not count."""
    maria = bench.maria
    columns = ", ".join(f"c{number} CHAR(250) CHARACTER SET latin1" for number in range(60))
    maria.sql(
        "CREATE DATABASE UTM5; USE UTM5; SET innodb_strict_mode = 0; "
        f"CREATE TABLE wide (id INT, {columns}); INSERT INTO wide (id) VALUES (1)"
    )
    maria.restart()
    bench.answers = bench.answering(patterns=[], tables=["wide"])
    bench.done()
    (copy,) = (tmp_path / "one").iterdir()
    maria.sql("CREATE DATABASE again")
    loaded = maria.load("again", gzip.decompress(copy.read_bytes()))
    assert loaded.returncode == 0, loaded.stderr
